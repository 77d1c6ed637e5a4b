import type { Arena, Seat } from '../arena.js';
import { counterpartOf, entrantsOf } from '../roster.js';
import { inRounds } from '../rounds.js';
import { type Figures, type Results, samplesOf, type Work, wayOf } from '../work.js';

export const sequential: Work = {
  id: 'sequential',
  title: '200 requests (50 in a quick run), one after another, with a credential that is held',
  columns: [
    // One more is no lead: a refused request and its replay may overlap.
    { figure: 'connections', head: 'connections opened', rule: { better: 'less', resolution: 1 } },
    { figure: 'ms', head: 'ms each' },
    {
      figure: 'ratio',
      head: 'time, ÷ Keyturn beside it',
      label: 'time',
      // Two hundred requests cannot tell more; the throughput section can.
      rule: { better: 'less', resolution: 0.1 },
    },
  ],
  note: 'The same server, TLS, token and client certificate for all, in turns. AWS has no client here.',
  run: async (arena) =>
    withRatios(
      await inRounds(arena, 'sequential', {
        rounds: arena.quick ? 10 : 20,
        open: (seat) => open(seat, arena.quick ? 400 : 800),
        measure: (seat) => measure(arena, seat, arena.quick ? 5 : 10),
      }),
    ),
};

/** The code is warm before the client that is measured is made; its first request runs the plugin. */
async function open({ child, entrant, setting }: Seat, warmUpMs: number): Promise<void> {
  const opening = { way: wayOf(entrant, 'sequential'), setting };
  await child.ask('open', opening);
  await child.ask('warmUp', warmUpMs);
  await child.ask('open', opening);
}

async function measure(arena: Arena, { child }: Seat, requests: number): Promise<Figures> {
  const before = await arena.server.ask<number>('connections');
  const ms = await child.ask<number>('inTurns', requests);
  return { ms: [ms], connections: [(await arena.server.ask<number>('connections')) - before] };
}

/** Adds up the connections of all rounds, and divides each round's time by that of the one beside. */
function withRatios(results: Results): Results {
  const completed = entrantsOf('sequential').map((entrant): [string, Figures] => {
    const figures = results.get(entrant.id) ?? {};
    if (figures['problem'] !== undefined) return [entrant.id, figures];
    const ms = samplesOf(figures['ms']);
    const connections = samplesOf(figures['connections']);
    const beside = counterpartOf(entrant, 'sequential') ?? entrant.id;
    const besideMs = samplesOf(results.get(beside)?.['ms']);
    const ratio = ms.map((each, round) => each / (besideMs[round] as number));
    return [entrant.id, { connections: [connections.reduce((a, b) => a + b, 0)], ms, ratio }];
  });
  return new Map(completed);
}
