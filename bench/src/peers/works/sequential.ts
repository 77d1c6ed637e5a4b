import { measureInPairs } from '../../paired.js';
import type { Arena, Seat } from '../arena.js';
import type { OpeningBeside, Stretch } from '../peer-program.js';
import { counterpartOf, type Entrant, entrantsOf } from '../roster.js';
import { inRounds } from '../rounds.js';
import { type Figures, type Results, samplesOf, type Work, wayOf } from '../work.js';

const requestsInRound = 20;
/** Some ten milliseconds of most: a turn much shorter is the machine's, and of one much longer there are too few. */
const requestsInTurn = 40;

export const sequential: Work = {
  id: 'sequential',
  title: 'Requests one after another, with a credential that is held',
  columns: [
    // One more is no lead: a refused request and its replay may overlap.
    {
      figure: 'connections',
      head: 'connections of 200 (40 in a quick run)',
      rule: { better: 'less', resolution: 1 },
    },
    { figure: 'ms', head: 'ms each' },
    {
      figure: 'ratio',
      head: 'time, ÷ Keyturn beside it',
      label: 'time',
      // A few seconds cannot tell more; the throughput section can.
      rule: { better: 'less', resolution: 0.1 },
    },
  ],
  note: 'The same server, TLS, token and client certificate for all, in turns. The ratio is to the Keyturn client of the last column in the process of the peer: two processes that do the same differ by a tenth and more. AWS has no client here.',
  run: async (arena) => {
    for (const entrant of arena.entrantsOf('sequential')) await arena.introduce(entrant);
    const results = await inRounds(arena, 'sequential', {
      rounds: arena.quick ? 2 : 10,
      open: (seat) => open(arena, seat, arena.quick ? 300 : 2_000),
      measure: (seat) => measure(arena, seat, arena.quick ? 80 : 400),
    });
    return withConnections(results);
  },
};

/** The code is warm before the clients that are measured are made; the first request of each runs its plugin. */
async function open(
  arena: Arena,
  { child, entrant, setting }: Seat,
  warmUpMs: number,
): Promise<void> {
  const opening = { way: wayOf(entrant, 'sequential'), setting };
  const counterpart = besideOf(entrant);
  const beside = counterpart && (await openingBeside(arena, counterpart));
  const openAll = async (): Promise<void> => {
    await child.ask('open', opening);
    if (beside !== undefined) await child.ask('openBeside', beside);
  };
  await openAll();
  await child.ask('warmUp', warmUpMs);
  await openAll();
}

async function openingBeside(arena: Arena, entrant: Entrant): Promise<OpeningBeside> {
  const introduction = arena.introductions.get(entrant.id);
  if (introduction === undefined) throw new Error(`"${entrant.id}" has not been introduced.`);
  const setting = await arena.setting(introduction);
  return { id: entrant.id, way: wayOf(entrant, 'sequential'), setting };
}

/** Counts the connections of some requests; then the peer and its counterpart take turns for `pairsMs`. */
async function measure(arena: Arena, { child, entrant }: Seat, pairsMs: number): Promise<Figures> {
  const take = (side: Stretch['side'], count: number): Promise<number> =>
    child.ask<number>('inTurns', { side, count } satisfies Stretch);
  const before = await arena.server.ask<number>('connections');
  const ms = await take('own', requestsInRound);
  const connections = (await arena.server.ask<number>('connections')) - before;
  const figures = { ms: [ms], connections: [connections] };
  // Ours are what the others are measured by.
  if (besideOf(entrant) === undefined) return { ...figures, ratio: [1] };
  const ratio: number[] = [];
  const startedAt = performance.now();
  while (performance.now() - startedAt < pairsMs) {
    const pairs = await measureInPairs(
      1,
      () => take('own', requestsInTurn),
      () => take('beside', requestsInTurn),
    );
    ratio.push(...pairs.map(({ ours, theirs }) => ours / theirs));
  }
  return { ...figures, ratio };
}

function besideOf(entrant: Entrant): Entrant | undefined {
  const id = counterpartOf(entrant, 'sequential');
  return entrantsOf('sequential').find((each) => each.id === id);
}

/** Adds up the connections of all rounds. */
function withConnections(results: Results): Results {
  return new Map(
    [...results].map(([id, figures]): [string, Figures] => {
      if (figures['problem'] !== undefined) return [id, figures];
      const connections = samplesOf(figures['connections']).reduce((a, b) => a + b, 0);
      return [id, { ...figures, connections: [connections] }];
    }),
  );
}
