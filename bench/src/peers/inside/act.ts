import type { Lookup, Peer, Setting } from '../peer.js';
import type { Way } from '../roster.js';

export type Outcome = 'well' | 'refused' | 'failed';

/** What one caller does, however it ends. */
export type Act = () => Promise<Outcome>;

/** Opens a peer with nothing held. */
export async function actOf(peer: Peer, way: Way, setting: Setting): Promise<Act> {
  if (way !== 'request') return asking(await lookupOf(peer, way, setting));
  const send = peer.request?.(setting);
  if (send === undefined) throw new Error(`${peer.name} sends no requests.`);
  return async () => {
    try {
      const status = await send();
      if (status === 401) return 'refused';
      return status === 200 ? 'well' : 'failed';
    } catch {
      return 'failed';
    }
  };
}

/** The bare lookup, for those who count nanoseconds. */
export async function lookupOf(peer: Peer, way: Way, setting: Setting): Promise<Lookup> {
  const lookup = way === 'peek' ? await peer.peek?.(setting) : peer.lookup?.(setting);
  if (lookup === undefined) throw new Error(`${peer.name} looks nothing up.`);
  return lookup;
}

function asking(lookup: Lookup): Act {
  return async () => {
    try {
      await lookup();
      return 'well';
    } catch {
      return 'failed';
    }
  };
}

/** @throws {Error} when a peer could not do at all what it is measured by */
export function expectWell(outcome: Outcome): void {
  if (outcome !== 'well') throw new Error(`A request or lookup ended "${outcome}".`);
}

/** Milliseconds that one act took. @throws {Error} unless it ended well */
export async function timeOf(act: Act): Promise<number> {
  const startedAt = performance.now();
  expectWell(await act());
  return performance.now() - startedAt;
}
