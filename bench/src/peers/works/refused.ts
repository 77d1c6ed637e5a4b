import type { Arena } from '../arena.js';
import type { CrowdResult } from '../inside/crowd.js';
import { tagOf } from '../plugin.js';
import type { Entrant } from '../roster.js';
import { type Figures, inTurns, seated, type Work, wayOf } from '../work.js';

const requests = 500;
const quickRequests = 100;

export const refused: Work = {
  id: 'refused',
  title:
    '500 simultaneous 401s (100 in a quick run): the server takes the token back, and all go out',
  columns: [
    { figure: 'runs', head: 'plugin runs', rule: { better: 'less', given: 'well' } },
    { figure: 'well', head: 'ended well', rule: { better: 'more' } },
    { figure: 'ms', head: 'ms until the last has ended' },
  ],
  note: 'AWS has no client here. Google: with forceRefreshOnFailure, which is off by default. "each": with deduplicateRefresh off, which its documentation advises against.',
  run: (arena) => inTurns(arena, 'refused', (entrant) => takenBack(arena, entrant), 2),
};

async function takenBack(arena: Arena, entrant: Entrant): Promise<Figures> {
  arena.say('500 simultaneous 401s', entrant);
  const { runs, well, elapsedMs } = await seated(arena, entrant, async ({ child, setting }) => {
    await child.ask('open', { way: wayOf(entrant, 'refused'), setting });
    await child.ask('act');
    await arena.server.ask('revoke', tagOf(setting));
    return child.ask<CrowdResult>('atOnce', arena.quick ? quickRequests : requests);
  });
  return { runs: [runs], well: [well], ms: [elapsedMs] };
}
