import { setTimeout as sleep } from 'node:timers/promises';
import type { Arena, Seat } from '../arena.js';
import type { FailureOptions, FailureResult } from '../inside/failure.js';
import { mendPlugin, pluginMs, runsOf } from '../plugin.js';
import type { Entrant } from '../roster.js';
import { type Figures, inTurns, type Work, wayOf } from '../work.js';

const failingMs = 1_000;
const patienceMs = 10_000;
const quickAbreast = 8;

export const failing: Work = {
  id: 'failing',
  title:
    'A plugin that fails for one second, from a cold start, while 4 callers ask again after 1 ms',
  columns: [
    { figure: 'runs', head: 'plugin runs', rule: { better: 'less' } },
    {
      figure: 'survived',
      head: 'process survived',
      words: ['no', 'yes'],
      rule: { better: 'more' },
    },
    {
      figure: 'recoveryMs',
      head: 'served again after, ms',
      label: 'recovery',
      rule: { better: 'less', resolution: 20 },
    },
  ],
  note: `For half a second the plugin exits with code 1, then something kills it. Once it works again it takes ${pluginMs} ms. One peer at a time; ${quickAbreast} at the same time in a quick run.`,
  run(arena) {
    const width = arena.quick ? quickAbreast : 1;
    return inTurns(arena, 'failing', (entrant) => fail(arena, entrant), width);
  },
};

async function fail(arena: Arena, entrant: Entrant): Promise<Figures> {
  arena.say('a failing plugin', entrant);
  const seat = await arena.seat(entrant);
  const result = await outlast(seat);
  await arena.leave(seat, typeof result === 'string');
  if (typeof result !== 'string') {
    return { runs: [result.runs], survived: [1], recoveryMs: [result.recoveryMs] };
  }
  mendPlugin(seat.setting);
  return { runs: [runsOf(seat.setting)], survived: [0], recoveryMs: result };
}

/** What came of it, or what put an end to it. */
async function outlast({ child, entrant, setting }: Seat): Promise<FailureResult | string> {
  await child.ask('open', { way: wayOf(entrant, 'failing'), setting });
  const options: FailureOptions = { callers: 4, failingMs, gapMs: 1 };
  return Promise.race([
    child.ask<FailureResult>('throughFailure', options).catch(() => 'the process ended'),
    sleep(patienceMs, 'no answer in 10 s', { ref: false }),
  ]);
}
