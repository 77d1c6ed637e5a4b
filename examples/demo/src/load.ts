import { setTimeout as wait } from 'node:timers/promises';
import type { DemoClient, DemoRequest } from './clients.js';
import type { Tally } from './tally.js';

export interface LoadParts {
  readonly client: DemoClient;
  readonly tally: Tally;
  /** When the latest rotation happened, on the clock of `performance.now()`. */
  readonly rotatedAt: () => number;
  /** Asked before each request; what is in the air when it turns true is still counted. */
  readonly isOver: () => boolean;
}

/** Few enough for a small machine, and enough that some requests are always in the air. */
const concurrency = 8;
const pauseMs = 20;

/** Sends requests through one client, eight at a time, until it is over. */
export async function runLoad(parts: LoadParts): Promise<void> {
  const workers = Array.from({ length: concurrency }, (_, index) => work(parts, index));
  await Promise.all(workers);
}

async function work({ client, tally, rotatedAt, isOver }: LoadParts, first: number): Promise<void> {
  for (let turn = first; !isOver(); turn += 1) {
    const startedAt = performance.now();
    await sendOne(client, turn).catch((error: unknown) => tally.failed(error));
    tally.ended(startedAt, performance.now(), rotatedAt());
    await wait(pauseMs);
  }
}

async function sendOne(client: DemoClient, turn: number): Promise<void> {
  const request = requestOf(turn);
  const { bytes } = await client.send(request);
  const sent = request.body === undefined ? 0 : JSON.stringify(request.body).length;
  if (bytes !== sent) throw new Error(`${bytes} of ${sent} bytes of the body have arrived.`);
}

/** One in four has a body, so that a replay has something to lose. */
function requestOf(turn: number): DemoRequest {
  if (turn % 4 !== 0) return { method: 'GET', path: '/api/v1/namespaces' };
  const body = { kind: 'ConfigMap', data: { turn: String(turn), filler: 'x'.repeat(2_000) } };
  return { method: 'POST', path: '/api/v1/namespaces/default/configmaps', body };
}
