import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventEveryMs } from './answers.js';
import { loadClients } from './load-clients.js';
import { type LoadScene, setLoadScene } from './load-scene.js';
import { isFullLoad } from './load-size.js';
import { issueCertificates, rotatingSource } from './rotating-source.js';

const rotations = 3;
/** What matters is that rotations happen meanwhile, so the usual run is content with less. */
const watchMs = isFullLoad ? 10_000 : 2_800;

beforeAll(() => issueCertificates(rotations + 1));

/** Numbers of the events as they arrive; the last one may be incomplete. */
async function* eventsIn(pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<number> {
  let rest = '';
  for await (const piece of pieces) {
    rest += Buffer.from(piece as Uint8Array).toString();
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield Number.parseInt(line, 10);
  }
}

/** Asks with the credential of now, and returns what the server saw. */
async function commonNameNow({ client }: LoadScene): Promise<string> {
  return JSON.parse((await client.ask({ path: '/fast/now' })).text).commonName;
}

/** The codes of an error and of what caused it. */
function codesOf(error: unknown, depth = 0): unknown[] {
  if (typeof error !== 'object' || error === null || depth > 4) return [];
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  return [code, ...codesOf(cause, depth + 1)];
}

const cutting = loadClients.filter(({ cuts }) => cuts !== false);

// They wait most of the time, so all of them wait together.
describe.concurrent('a watch', () => {
  it.for(loadClients)(
    'through $name receives every event across three rotations',
    async (loadClient, { onTestFinished }) => {
      const scene = await setLoadScene(loadClient, {
        source: rotatingSource('both'),
        onFinished: onTestFinished,
      });
      const received: number[] = [];
      let enough = Number.POSITIVE_INFINITY;
      const rotating = (async () => {
        for (let rotation = 1; rotation <= rotations; rotation += 1) {
          await delay(watchMs / (rotations + 1));
          await scene.manager.refresh();
          expect(await commonNameNow(scene)).toBe(`client-${rotation + 1}`);
        }
        await delay(watchMs / (rotations + 1));
        enough = received.length + 1;
      })();
      for await (const event of eventsIn(scene.client.follow('/watch'))) {
        received.push(event);
        if (received.length >= enough) break;
      }
      await rotating;
      expect(received.length).toBeGreaterThan(watchMs / eventEveryMs / 4);
      expect(received).toEqual(received.map((_, index) => index + 1));
    },
  );

  it.for(cutting)(
    'through $name is cut soon after a rotation with drainTimeoutMs, and its owner is told why',
    async (loadClient, { onTestFinished }) => {
      const scene = await setLoadScene(loadClient, {
        source: rotatingSource('both'),
        bind: { drainTimeoutMs: 500 },
        onFinished: onTestFinished,
      });
      let rotatedAt = 0;
      let received = 0;
      const cut = await (async () => {
        for await (const _ of eventsIn(scene.client.follow('/watch'))) {
          received += 1;
          if (received !== 3) continue;
          await scene.manager.refresh();
          rotatedAt = performance.now();
        }
      })().catch((error: unknown) => error);
      expect(codesOf(cut)).toContain(loadClient.cutCode ?? 'ERR_CONNECTION_DRAINED');
      expect(performance.now() - rotatedAt).toBeGreaterThan(400);
      // At most a second's worth: on a machine that is too busy for the timer, events are late as well.
      expect(received - 3).toBeLessThanOrEqual(1_000 / eventEveryMs);
      expect(await commonNameNow(scene)).toBe('client-2');
    },
  );
});
