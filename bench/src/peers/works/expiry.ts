import type { Arena } from '../arena.js';
import type { LoadOptions, LoadResult } from '../inside/load.js';
import { pluginMs } from '../plugin.js';
import type { Entrant } from '../roster.js';
import { type Figures, inTurns, seated, type Work, wayOf } from '../work.js';

const lifetimeMs = 4_000;
const quickLifetimeMs = 2_000;
const callers = 8;
const abreast = 5;
const quickAbreast = 12;

export const expiry: Work = {
  id: 'expiry',
  title: 'Expiry under load: 8 callers, a credential that lives for 4 s (2 in a quick run)',
  columns: [
    // A refresh ahead of expiry comes before a whole lifetime is over; half a run is what few lifetimes can tell.
    {
      figure: 'runsEach',
      head: 'runs per lifetime',
      rule: { better: 'less', resolution: 0.5, given: 'refused' },
    },
    {
      figure: 'longestMs',
      head: 'longest wait, ms',
      label: 'longest wait',
      // Anything shorter is the machine's doing, not a wait for the plugin.
      rule: { better: 'less', resolution: pluginMs / 2 },
    },
    { figure: 'refused', head: '401s seen', rule: { better: 'less' } },
    { figure: 'failed', head: 'other failures', rule: { better: 'less' } },
    { figure: 'acts', head: 'asked' },
  ],
  note: `A caller asks again 50 ms after it was served, refused or failed. AWS and Google count the last 5 minutes as expired, Azure the last 2 as due: all of such a life. "Window fitted": the same with a window of a fifth of the lifetime, as Keyturn has it, where their options allow that. ${abreast} peers at the same time, ${quickAbreast} in a quick run.`,
  run(arena) {
    const width = arena.quick ? quickAbreast : abreast;
    return inTurns(arena, 'expiry', (entrant) => underLoad(arena, entrant), width);
  },
};

async function underLoad(arena: Arena, entrant: Entrant): Promise<Figures> {
  arena.say('expiry under load', entrant);
  const options: LoadOptions = { callers, lifetimes: arena.quick ? 1 : 2, gapMs: 50 };
  const { longestMs, acts, refused, failed, runsEach } = await seated(
    arena,
    entrant,
    async ({ child, setting }) => {
      await child.ask('open', { way: wayOf(entrant, 'expiry'), setting });
      await child.ask('atOnce', callers);
      return child.ask<LoadResult>('throughExpiry', options);
    },
    arena.quick ? quickLifetimeMs : lifetimeMs,
  );
  const counts = { acts: [acts], refused: [refused], failed: [failed] };
  return { runsEach: [runsEach], longestMs, ...counts };
}
