import { Child } from '../child.js';
import { type Identities, identities } from '../identities.js';
import type { BenchContext } from '../section.js';
import type { ClientName, LoadSample, LoadTarget, Stretch } from './load-program.js';
import type { Arrivals } from './load-server-program.js';

/** How the client stood after so many requests. */
export interface LoadPoint {
  readonly requests: number;
  readonly elapsedMs: number;
  readonly heapMiB: number;
  readonly residentMiB: number;
  readonly descriptors: number;
  readonly rotations: number;
  readonly failures: number;
}

export interface LoadFigures {
  /** Fewer than planned where the machine was too slow. */
  readonly points: readonly LoadPoint[];
  readonly arrivals: Arrivals;
}

const concurrency = 16;
const requestsPerRotation = 1_000;
const certificateCount = 20;
/** The first stretch warms up both; then each has every other one. */
const both: readonly ClientName[] = ['https', 'undici'];
/** A stretch that would end later than this is left out. */
export const longestMs = 150_000;

/** Sends a million requests through a thousand rotations, and looks at the process now and then. */
export async function measureLoad(context: BenchContext): Promise<LoadFigures> {
  await using server = new Child(new URL('./load-server-program.js', import.meta.url));
  await using client = new Child(new URL('./load-program.js', import.meta.url), {
    execArgv: ['--expose-gc'],
  });
  const made = await identities();
  const port = await server.ask<number>('start', made.server);
  await client.ask('aim', await targetAt(`https://127.0.0.1:${port}`, made));
  const points = await sendInStretches(client, context);
  const arrivals = await server.ask<Arrivals>('arrivals');
  const rotations = points.at(-1)?.rotations ?? 0;
  // The first credential is no rotation. With fewer, this would have measured something else.
  if (arrivals.tokens !== rotations + 1) throw new Error('The server has not seen every token.');
  return { points, arrivals };
}

async function targetAt(url: string, { authority, server }: Identities): Promise<LoadTarget> {
  const requests = Array.from({ length: certificateCount }, (_, number) =>
    authority.issueClientCertificate({ commonName: `bench-${number}` }),
  );
  return { url, ca: server.ca, certificates: await Promise.all(requests), concurrency };
}

async function sendInStretches(client: Child, { quick, say }: BenchContext): Promise<LoadPoint[]> {
  const points: LoadPoint[] = [];
  const startedAt = performance.now();
  let sent = 0;
  for (const goal of stops(quick)) {
    const elapsedMs = performance.now() - startedAt;
    if (sent > 0 && (elapsedMs / sent) * goal > longestMs) break;
    say(`requests through rotations: ${sent.toLocaleString('en')}`);
    const clients = points.length === 0 ? both : [both[points.length % both.length] as ClientName];
    const stretch = { requests: goal - sent, requestsPerRotation, clients };
    const sample = await client.ask<LoadSample>('send', stretch satisfies Stretch);
    sent = goal;
    points.push(pointOf(sent, performance.now() - startedAt, sample));
  }
  return points;
}

/** Where the process is looked at: once it is warm, and then at even steps. */
function stops(quick: boolean): number[] {
  const step = quick ? 10_000 : 50_000;
  const steps = Array.from({ length: quick ? 2 : 20 }, (_, number) => (number + 1) * step);
  return [...new Set([10_000, ...steps])];
}

function pointOf(requests: number, elapsedMs: number, sample: LoadSample): LoadPoint {
  const { heapBytes, residentBytes, ...counts } = sample;
  const mebibyte = 2 ** 20;
  return {
    requests,
    elapsedMs,
    heapMiB: heapBytes / mebibyte,
    residentMiB: residentBytes / mebibyte,
    ...counts,
  };
}
