import { spreadOf } from '../../paired.js';
import type { Arena } from '../arena.js';
import type { DueResult } from '../inside/due.js';
import type { Setting } from '../peer.js';
import type { DueOpening } from '../peer-program.js';
import type { Entrant } from '../roster.js';
import { type Figures, inTurns, seated, type Work, wayOf } from '../work.js';

export const due: Work = {
  id: 'due',
  title: 'One request while the credential is due: what an early refresh costs it',
  columns: [
    {
      figure: 'waitMs',
      head: 'wait, ms more',
      label: 'wait',
      rule: { better: 'less', resolution: 1 },
    },
    { figure: 'share', head: 'share of a run, %' },
    { figure: 'coldMs', head: 'the first one, ms' },
  ],
  note: 'More than the same with a fresh credential just before; each in its own refresh window. Where there is none, somebody waits for a whole run, or is refused, at every expiry.',
  async run(arena) {
    for (const entrant of arena.entrantsOf('due')) await arena.introduce(entrant);
    return inTurns(arena, 'due', (entrant) => whileDue(arena, entrant), arena.quick ? 4 : 2);
  },
};

const noWindow: Figures = { waitMs: 'no window', share: '', coldMs: '' };

async function whileDue(arena: Arena, entrant: Entrant): Promise<Figures> {
  arena.say('a request while due', entrant);
  const introduction = arena.introductions.get(entrant.id);
  const window = introduction?.does.window;
  if (introduction === undefined || window === undefined) return noWindow;
  const due: Setting[] = [];
  for (let client = 0; client < (arena.quick ? 3 : 7); client += 1) {
    due.push(await arena.setting(introduction, window.lifetimeMs));
  }
  const found = await seated(arena, entrant, ({ child, setting: fresh }) => {
    const opening: DueOpening = { way: wayOf(entrant, 'due'), window, fresh, due };
    return child.ask<readonly DueResult[]>('whileDue', opening);
  });
  return found.length === 0 ? windowMissed : figuresOf(found);
}

const windowMissed: Figures = { ...noWindow, waitMs: 'too slow here to meet the window' };

function figuresOf(found: readonly DueResult[]): Figures {
  const coldMs = found.map((each) => each.coldMs);
  const waitMs = found.map(({ dueMs, freshMs }) => Math.max(0, dueMs - freshMs));
  const runMs = spreadOf(coldMs).median;
  return { waitMs, share: waitMs.map((each) => (100 * each) / runMs), coldMs };
}
