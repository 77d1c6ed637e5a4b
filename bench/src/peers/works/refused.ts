import type { Arena } from '../arena.js';
import type { CrowdResult } from '../inside/crowd.js';
import { tagOf } from '../plugin.js';
import type { Entrant } from '../roster.js';
import { type Figures, inTurns, seated, type Work, wayOf } from '../work.js';

const requests = 500;
const quickRequests = 100;
const quickAbreast = 2;

export const refused: Work = {
  id: 'refused',
  title:
    '500 simultaneous 401s (100 in a quick run): the server takes the token back, and all go out',
  columns: [
    { figure: 'runs', head: 'plugin runs', rule: { better: 'less', given: 'well' } },
    { figure: 'well', head: 'ended well', rule: { better: 'more' } },
    { figure: 'refusals', head: '401s' },
    {
      figure: 'ms',
      head: 'ms until the last has ended',
      label: 'time',
      // Half a thousand TLS handshakes on a few cores: anything shorter is the machine's doing.
      rule: { better: 'less', resolution: 500, given: 'well' },
    },
  ],
  note: `All requests open connections of their own. "401s": how often the server refused a token of the plugin; as many as the requests when each was refused once. AWS has no client here. Google: with forceRefreshOnFailure, which is off by default. "each": with deduplicateRefresh off, which its documentation advises against. One peer at a time; ${quickAbreast} at the same time in a quick run.`,
  run: (arena) =>
    inTurns(
      arena,
      'refused',
      (entrant) => takenBack(arena, entrant),
      arena.quick ? quickAbreast : 1,
    ),
};

async function takenBack(arena: Arena, entrant: Entrant): Promise<Figures> {
  const count = arena.quick ? quickRequests : requests;
  arena.say(`${count} simultaneous 401s`, entrant);
  return seated(arena, entrant, async ({ child, setting }) => {
    await child.ask('open', { way: wayOf(entrant, 'refused'), setting });
    await child.ask('act');
    await arena.server.ask('revoke', tagOf(setting));
    const { runs, sent, well, elapsedMs } = await child.ask<CrowdResult>('atOnce', count);
    const refusals = await arena.server.ask<number>('refusals', tagOf(setting));
    return { runs: [runs], sent: [sent], well: [well], refusals: [refusals], ms: [elapsedMs] };
  });
}
