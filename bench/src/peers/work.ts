import { setTimeout as sleep } from 'node:timers/promises';
import { inDrawnOrder } from '../order.js';
import type { Arena, Seat } from './arena.js';
import type { Entrant, Way, WorkId } from './roster.js';
import type { Rule } from './verdict.js';

/** Longer than anything here takes, on a machine that has other things to do. */
const patienceMs = 60_000;

/** What was measured, each time; or a few words why there is nothing. */
export type Figure = readonly number[] | string;

/** One figure of a work. */
export interface Column {
  /** Its name in `Figures`. */
  readonly figure: string;
  /** With its unit. */
  readonly head: string;
  /** What a verdict calls it. */
  readonly label?: string;
  /** Words that stand for 0, 1, … */
  readonly words?: readonly string[];
  /** What counts as better, where the figure is judged at all. */
  readonly rule?: Rule;
}

export type Figures = Readonly<Record<string, Figure>>;

/** The measurements of a figure; none where words stand for it. */
export function samplesOf(figure: Figure | undefined): readonly number[] {
  return typeof figure === 'object' ? figure : [];
}

/** By the id of the entrant. */
export type Results = ReadonlyMap<string, Figures>;

/** One thing that is asked of every peer. */
export interface Work {
  readonly id: WorkId;
  readonly title: string;
  readonly note: string;
  readonly columns: readonly Column[];
  run(arena: Arena): Promise<Results>;
}

/** How `entrant` takes part in `work`. @throws {Error} when it does not. */
export function wayOf({ works, id }: Entrant, work: WorkId): Way {
  const way = works[work];
  if (way === undefined) throw new Error(`"${id}" takes no part in "${work}".`);
  return way;
}

/** Gives every entrant of `work` its turn, in an order drawn anew, `abreast` of them at a time. */
export async function inTurns(
  arena: Arena,
  work: WorkId,
  measure: (entrant: Entrant) => Promise<Figures>,
  abreast: number = 1,
): Promise<Results> {
  const results = new Map<string, Figures>();
  await inDrawnOrder(arena.entrantsOf(work), abreast, async (entrant) => {
    results.set(entrant.id, await measured(entrant, measure(entrant)));
  });
  return results;
}

/**
 * Gives what `figures` come to. A peer that cannot be measured, on a newer Node perhaps, costs its own row only.
 * @throws whatever went wrong with one of ours
 */
export async function measured(entrant: Entrant, figures: Promise<Figures>): Promise<Figures> {
  try {
    return await Promise.race([figures, outOfPatience()]);
  } catch (error) {
    if (entrant.beside === undefined) throw error;
    return { problem: `not measured: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function outOfPatience(): Promise<never> {
  await sleep(patienceMs, undefined, { ref: false });
  throw new Error(`no answer in ${patienceMs / 1_000} s`);
}

/** Uses one seat and leaves it again, whatever happens; a process that has ended is not used again. */
export async function seated<Value>(
  arena: Arena,
  entrant: Entrant,
  use: (seat: Seat) => Promise<Value>,
  lifetimeMs?: number,
): Promise<Value> {
  const seat = await arena.seat(entrant, lifetimeMs);
  let hasEnded = true;
  try {
    const value = await use(seat);
    hasEnded = false;
    return value;
  } finally {
    await arena.leave(seat, hasEnded);
  }
}
