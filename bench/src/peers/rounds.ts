import { drawnOrder, inDrawnOrder } from '../order.js';
import type { Arena, Seat } from './arena.js';
import type { WorkId } from './roster.js';
import { type Figure, type Figures, measured, type Results } from './work.js';

export interface Rounds {
  readonly rounds: number;
  readonly open: (seat: Seat) => Promise<void>;
  readonly measure: (seat: Seat) => Promise<Figures>;
}

/**
 * Measures all entrants of `work` in turns, in an order drawn anew for each round, so that whatever else the machine does
 * falls on all alike. Their processes live side by side meanwhile.
 */
export async function inRounds(
  arena: Arena,
  work: WorkId,
  { rounds, open, measure }: Rounds,
): Promise<Results> {
  const seats: Seat[] = [];
  const found: Results[] = [];
  await inDrawnOrder(arena.entrantsOf(work), 2, async (entrant) => {
    arena.say(`${work}, getting ready`, entrant);
    const seat = await arena.seat(entrant);
    seats.push(seat);
    found.push(new Map([[entrant.id, await measured(entrant, openSeat(seat, open))]]));
  });
  for (let round = 1; round <= rounds; round += 1) {
    arena.say(`${work}, round ${round} of ${rounds}`);
    found.push(await oneRound(stillIn(seats, found), measure));
  }
  const well = new Set(stillIn(seats, found));
  for (const seat of seats) await arena.leave(seat, !well.has(seat));
  return joined(found);
}

async function openSeat(seat: Seat, open: Rounds['open']): Promise<Figures> {
  await open(seat);
  return {};
}

/** Those that could be measured so far: to ask the others again is to wait in vain, a minute for one that hangs. */
function stillIn(seats: readonly Seat[], found: readonly Results[]): readonly Seat[] {
  return seats.filter(({ entrant }) =>
    found.every((results) => results.get(entrant.id)?.['problem'] === undefined),
  );
}

async function oneRound(seats: readonly Seat[], measure: Rounds['measure']): Promise<Results> {
  const results = new Map<string, Figures>();
  for (const seat of drawnOrder(seats)) {
    results.set(seat.entrant.id, await measured(seat.entrant, measure(seat)));
  }
  return results;
}

/** Joins what several rounds gave, figure by figure; of words the last ones stay. */
export function joined(rounds: readonly Results[]): Results {
  const all = new Map<string, Record<string, Figure>>();
  for (const [id, figures] of rounds.flatMap((round) => [...round])) {
    const known = all.get(id) ?? {};
    for (const [name, figure] of Object.entries(figures)) {
      const before = known[name];
      known[name] =
        typeof before === 'object' && typeof figure === 'object' ? [...before, ...figure] : figure;
    }
    all.set(id, known);
  }
  return all;
}
