/** One peer in a process of its own: `peer-program.js ID`. */
import { answerQuestions } from '../child.js';
import { type Act, actOf, expectWell, lookupOf } from './inside/act.js';
import { askAtOnce, type CrowdResult } from './inside/crowd.js';
import { type DueClient, type DueResult, waitWhileDue } from './inside/due.js';
import { askThroughFailure, type FailureOptions, type FailureResult } from './inside/failure.js';
import { type LoadOptions, type LoadResult, loadThroughExpiry } from './inside/load.js';
import { oneByOne, stretchOf, warmUp } from './inside/stretch.js';
import type { Introduction, Lookup, Peer, RefreshWindow, Setting } from './peer.js';
import { roster, type Way } from './roster.js';

/** With nothing held. */
export interface Opening {
  readonly way: Way;
  readonly setting: Setting;
}

export interface DueOpening {
  readonly way: Way;
  readonly window: RefreshWindow;
  /** Of the one client whose credential stays fresh. */
  readonly fresh: Setting;
  /** Of each client whose credential becomes due. */
  readonly due: readonly Setting[];
}

/** Another entrant, in the process of this one. */
export interface OpeningBeside extends Opening {
  readonly id: string;
}

export interface Stretch {
  readonly side: 'own' | 'beside';
  readonly count: number;
}

const peer = await peerOf(process.argv[2]);
let act: Act;
let besideAct: Act | undefined;
let lookup: Lookup;
let setting: Setting;

// Whatever reaches this point would end a process: so it does here, without a page of stack on the terminal.
process.setUncaughtExceptionCaptureCallback(() => process.exit(1));

answerQuestions({
  introduce: (): Introduction => ({ name: peer.name, version: peer.version, does: peer.does }),
  open: async (opening: Opening): Promise<void> => {
    setting = opening.setting;
    act = await actOf(peer, opening.way, setting);
  },
  act: async (): Promise<void> => expectWell(await act()),
  atOnce: (callers: number): Promise<CrowdResult> => askAtOnce(act, callers, setting),
  openBeside: async ({ id, way, setting: given }: OpeningBeside): Promise<void> => {
    besideAct = await actOf(await peerOf(id), way, given);
  },
  warmUp: (durationMs: number): Promise<void> =>
    warmUp(besideAct === undefined ? [act] : [act, besideAct], durationMs),
  inTurns: async ({ side, count }: Stretch): Promise<number> => {
    const asked = side === 'own' ? act : besideAct;
    if (asked === undefined) throw new Error('Nobody is beside this one.');
    return oneByOne(asked, count);
  },
  throughExpiry: (options: LoadOptions): Promise<LoadResult> =>
    loadThroughExpiry(act, setting, options),
  throughFailure: (options: FailureOptions): Promise<FailureResult> =>
    askThroughFailure(act, setting, options),
  openLookup: async (opening: Opening): Promise<void> => {
    lookup = await lookupOf(peer, opening.way, opening.setting);
    await lookup();
  },
  stretch: (durationMs: number): Promise<number> => stretchOf(lookup, durationMs),
  whileDue,
});

async function whileDue({ way, window, fresh, due }: DueOpening): Promise<readonly DueResult[]> {
  const clients: DueClient[] = [];
  for (const plugin of due) clients.push({ act: await actOf(peer, way, plugin), plugin });
  return waitWhileDue(await actOf(peer, way, fresh), clients, window);
}

async function peerOf(wanted: string | undefined): Promise<Peer> {
  const entrant = roster.find(({ id }) => id === wanted);
  if (entrant === undefined) throw new Error(`There is no peer "${wanted}".`);
  return ((await import(entrant.module.href)) as Record<string, Peer>)[entrant.part] as Peer;
}
