/** One of the processes: it asks an API a few times a second, with a login that it shares with all others. */
import { setTimeout as pause } from 'node:timers/promises';
import { createCredentialManager } from '@keyturn/core';
import { type SharedStats, sharedSource } from '@keyturn/store';
import { bindFetch } from '@keyturn/undici';
import { loginSource } from './login-source.js';
import { openStore, type StorePlace } from './open-store.js';

/** What the parent is told after each request. */
export interface WorkerReport extends SharedStats {
  readonly served: number;
  readonly failed: number;
  readonly replays: number;
  /** Why the latest request failed that did: a status, or the code of an error. */
  readonly failure: string | undefined;
}

export interface WorkerOrders {
  readonly url: string;
  readonly place: StorePlace;
  readonly leaseMs: number;
  readonly pauseMs: number;
}

const { url, place, leaseMs, pauseMs } = JSON.parse(process.argv[2] ?? '{}') as WorkerOrders;
const { store, close } = openStore(place);
// What is used once must not be used by each process for itself: better no token than no login.
const source = sharedSource(loginSource(url), { store, key: url, leaseMs, onStoreFailure: 'fail' });
const credentials = createCredentialManager({ source });
const { client } = bindFetch(fetch, credentials, { origins: [url] });

let isOver = false;
process.once('message', () => {
  isOver = true;
});
const counts = { served: 0, failed: 0 };
let failure: string | undefined;
while (!isOver) {
  const outcome = await client(`${url}/orders`).then(
    ({ status }) => `status ${status}`,
    (error) => String(error.code ?? error.cause?.code ?? error.name),
  );
  if (outcome === 'status 200') counts.served += 1;
  else {
    counts.failed += 1;
    failure = outcome;
  }
  const { refusals: replays } = credentials.stats();
  process.send?.({ ...counts, failure, replays, ...source.stats() } satisfies WorkerReport);
  await pause(pauseMs * (0.5 + Math.random()));
}
await credentials.close();
close();
process.disconnect();
