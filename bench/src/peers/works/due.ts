import type { Arena } from '../arena.js';
import type { DueResult } from '../inside/due.js';
import type { Setting } from '../peer.js';
import type { DueOpening } from '../peer-program.js';
import { pluginMs } from '../plugin.js';
import type { Entrant } from '../roster.js';
import { type Figures, inTurns, seated, type Work, wayOf } from '../work.js';

const abreast = 2;
const quickAbreast = 12;

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
    { figure: 'share', head: `share of the plugin's ${pluginMs} ms, %` },
    { figure: 'coldMs', head: 'the first one, ms' },
  ],
  note: `More than the same with a fresh credential just before; each in its own refresh window. Where there is none, somebody waits for a whole run, or is refused, at every expiry. The first one is not judged here, where some credentials count as due or expired from the start and AWS therefore runs the plugin twice: the cold start judges it, with credentials that are fresh to all. ${abreast} peers at the same time, ${quickAbreast} in a quick run.`,
  async run(arena) {
    for (const entrant of arena.entrantsOf('due')) await arena.introduce(entrant);
    const width = arena.quick ? quickAbreast : abreast;
    return inTurns(arena, 'due', (entrant) => whileDue(arena, entrant), width);
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
  return { waitMs, share: waitMs.map((each) => (100 * each) / pluginMs), coldMs };
}
