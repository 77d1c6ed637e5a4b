import { setTimeout as delay } from 'node:timers/promises';
import { createCredentialManager } from '@keyturn/core';
import { bindHttps } from '@keyturn/https';
import { startCluster } from './cluster.js';
import { watchPods } from './watch-pods.js';

const startedAt = performance.now();
const tell = (line: string): void => {
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1)} s  ${line}`);
};

const over = new AbortController();
await using cluster = await startCluster(over.signal);
await using credentials = createCredentialManager({ source: cluster.source });
const { client, unbind } = bindHttps(credentials, {
  origins: [cluster.url],
  tls: { ca: cluster.ca },
});
credentials.on('rotated', ({ certificateChanged }) => {
  tell(`rotation: a new token${certificateChanged ? ' and certificate' : ''}`);
});

const seen = new Map<string, number>();
const watching = watchPods(client, {
  url: `${cluster.url}/api/v1/pods`,
  signal: over.signal,
  onPod: (type, name) => {
    if (type !== 'LISTED' || !seen.has(name)) seen.set(name, (seen.get(name) ?? 0) + 1);
  },
}).catch((error: unknown) => {
  if (error !== over.signal.reason) throw error;
});
await delay(1_000);
tell('the token is revoked, while a watch runs');
cluster.revoke();
await delay(1_500);
tell('the server forgets the past: list once more');
cluster.compact();
await delay(2_500);

// What was born last is on its way.
const born = cluster.pods();
await delay(500);
over.abort();
await watching;
unbind();

const names = Array.from({ length: born }, (_, index) => `pod-${index + 1}`);
const missed = names.filter((name) => !seen.has(name));
const twice = names.filter((name) => (seen.get(name) ?? 0) > 1);
const { rotations } = credentials.stats();
tell(`${born} pods, ${missed.length} missed, ${twice.length} told twice, ${rotations} rotations`);
process.exitCode = missed.length + twice.length === 0 && rotations > 2 ? 0 : 1;
