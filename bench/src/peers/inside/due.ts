import { setTimeout as sleep } from 'node:timers/promises';
import type { RefreshWindow } from '../peer.js';
import { lastExpiryOf, type Plugin } from '../plugin.js';
import { type Act, timeOf } from './act.js';

/** What one client waited for. Milliseconds. */
export interface DueResult {
  /** The first credential. */
  readonly coldMs: number;
  /** The same act with a fresh credential, just before. */
  readonly freshMs: number;
  /** The first act while the credential is due. */
  readonly dueMs: number;
}

/** Clients one after another, so that none is in the way of the next. */
const apartMs = 60;

/** So that a window is surely open. */
const graceMs = 10;

/** A client with nothing held, and its own plugin. */
export interface DueClient {
  readonly act: Act;
  readonly plugin: Plugin;
}

/**
 * Asks each client once inside its refresh window. A client whose turn came too late for that is left out.
 *
 * @param fresh holds a credential that stays fresh, of the same kind
 */
export async function waitWhileDue(
  fresh: Act,
  clients: readonly DueClient[],
  window: RefreshWindow,
): Promise<readonly DueResult[]> {
  await timeOf(fresh);
  const found = await Promise.all(
    clients.map(async (client, index) => {
      await sleep(index * apartMs);
      return waitOnce(fresh, client, window);
    }),
  );
  return found.filter((each) => each !== undefined);
}

async function waitOnce(
  fresh: Act,
  { act, plugin }: DueClient,
  { opensMs, closesMs }: RefreshWindow,
): Promise<DueResult | undefined> {
  const coldMs = await timeOf(act);
  const expiresAt = lastExpiryOf(plugin);
  await sleep(Math.max(apartMs, expiresAt - opensMs + graceMs - Date.now()));
  const freshMs = await timeOf(fresh);
  if (Date.now() > expiresAt - closesMs - graceMs) return undefined;
  return { coldMs, freshMs, dueMs: await timeOf(act) };
}
