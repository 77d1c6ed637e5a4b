import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import v8 from 'node:v8';
import vm from 'node:vm';
import { type CredentialSource, createCredentialManager } from '@keyturn/core';
import { expect, it, onTestFinished } from 'vitest';
import type { LoadClient } from './load-client.js';
import { isFullLoad, rotations as perLoad, timeoutMs } from './load-size.js';
import { httpsClient } from './node-clients.js';
import { certificateOf, issueCertificates } from './rotating-source.js';
import { undiciClient } from './undici-clients.js';
import { wrongAgents } from './wrong-agents.js';

const warmUp = 50;
const rotations = isFullLoad ? Math.round((1_000 * perLoad) / 120) : 110;

/**
 * What the heap may grow by. Bytes: compiled code and inline caches, most of it in the first hundreds of requests, up to 600
 * for each rotation later. A certificate generation that somebody holds on to weighs 3,500, with a connection far more.
 */
const noiseBytes = (count: number): number => 300_000 + count * 1_000;

/** Descriptors of a test that ran before may be closing still. */
const noiseDescriptors = 4;

const differentCertificates = 20;

function roundAndRound(): CredentialSource {
  let loads = 0;
  return {
    name: 'round and round',
    load: async () => {
      loads += 1;
      const clientCertificate = await certificateOf(1 + (loads % differentCertificates));
      return { token: `token-${loads}`, clientCertificate };
    },
  };
}

interface Footprint {
  readonly heapBytes: number;
  /** Each holds a certificate and its key. */
  readonly secureContexts: number;
  readonly descriptors: number;
}

/** Rotates and asks, in turn, and returns what that has added after a warm-up. */
async function growth({ startServer, bind }: LoadClient, count: number): Promise<Footprint> {
  await issueCertificates(differentCertificates);
  const server = await startServer();
  onTestFinished(() => server[Symbol.asyncDispose]());
  const manager = createCredentialManager({ source: roundAndRound() });
  onTestFinished(() => manager.close());
  const client = await bind({ manager, server });
  onTestFinished(() => client.close());
  const rotate = async (times: number): Promise<Footprint> => {
    for (let rotation = 0; rotation < times; rotation += 1) {
      await manager.refresh();
      await client.ask({ path: '/fast/again' });
    }
    return footprint();
  };
  const before = await rotate(warmUp);
  const after = await rotate(count - warmUp);
  return {
    heapBytes: after.heapBytes - before.heapBytes,
    secureContexts: after.secureContexts - before.secureContexts,
    descriptors: after.descriptors - before.descriptors,
  };
}

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;
v8.setFlagsFromString('--no-expose-gc');

async function footprint(): Promise<Footprint> {
  // What finalizers let go of is found in the next round.
  for (let round = 0; round < 4; round += 1) {
    await delay(20);
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  return {
    heapBytes: heapUsed + external,
    secureContexts: v8.queryObjects(createSecureContext().constructor, { format: 'count' }),
    descriptors: openDescriptors(),
  };
}

function openDescriptors(): number {
  return process.platform === 'linux'
    ? readdirSync('/proc/self/fd').length
    : process.getActiveResourcesInfo().length;
}

it.for([httpsClient, undiciClient])(
  '$name leaves nothing behind of its old certificates',
  { timeout: timeoutMs },
  async (client, { annotate }) => {
    const grown = await growth(client, rotations);
    await annotate(`${rotations} rotations: ${JSON.stringify(grown)}`);
    expect(grown.heapBytes).toBeLessThan(noiseBytes(rotations - warmUp));
    expect(grown.secureContexts).toBeLessThanOrEqual(0);
    expect(grown.descriptors).toBeLessThanOrEqual(noiseDescriptors);
  },
);

it('finds a client that does', { timeout: timeoutMs }, async ({ annotate }) => {
  const [leaking] = wrongAgents.filter(({ finds }) => finds === 'leaked');
  const grown = await growth(leaking as LoadClient, 3 * warmUp);
  await annotate(JSON.stringify(grown));
  expect(grown.heapBytes).toBeGreaterThan(noiseBytes(2 * warmUp));
  expect(grown.secureContexts).toBeGreaterThanOrEqual(2 * warmUp);
  expect(grown.descriptors).toBeGreaterThanOrEqual(2 * warmUp);
});
