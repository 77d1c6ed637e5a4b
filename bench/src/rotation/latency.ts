import { setTimeout as delay } from 'node:timers/promises';

/** One request. Milliseconds since the load began. */
export interface Sample {
  readonly atMs: number;
  readonly waitedMs: number;
  readonly failed: boolean;
}

export interface LatencyLoad {
  readonly workers: number;
  readonly durationMs: number;
  /** What a worker does between two requests: a client that is idle for a while, not one that is as busy as it can be. */
  readonly pauseMs: number;
  /** @param turn 0, 1, 2 … for each worker */
  readonly send: (turn: number) => Promise<unknown>;
}

/** Sends at an even pace and notes how long each request took from the caller's point of view. */
export async function sampleLatency(load: LatencyLoad): Promise<Sample[]> {
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const now = (): number => performance.now() - startedAt;
  const work = async (worker: number): Promise<void> => {
    // Workers start one after the other, and not in step.
    await delay((worker * load.pauseMs) / load.workers);
    for (let turn = worker; now() < load.durationMs; turn += 1) {
      const atMs = now();
      const failed = await fails(load.send(turn));
      samples.push({ atMs, waitedMs: now() - atMs, failed });
      await delay(load.pauseMs);
    }
  };
  await Promise.all(Array.from({ length: load.workers }, (_, worker) => work(worker)));
  return samples;
}

async function fails(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return false;
  } catch {
    return true;
  }
}

/**
 * Leaves out quick requests at random, so that about `most` stay: every failed one does, and the slowest hundredth.
 * Rounds to hundredths of a millisecond.
 */
export function thinOut(samples: readonly Sample[], most: number): Sample[] {
  const slowest = slownessOf(samples, 0.99);
  const share = most / samples.length;
  return samples
    .filter(({ waitedMs, failed }) => failed || waitedMs >= slowest || Math.random() < share)
    .map(({ atMs, waitedMs, failed }) => ({
      atMs: Math.round(atMs * 100) / 100,
      waitedMs: Math.round(waitedMs * 100) / 100,
      failed,
    }));
}

/** The time within which that share of the requests was answered. Milliseconds; 0 without requests. */
export function slownessOf(samples: readonly Sample[], share: number): number {
  const sorted = samples.map(({ waitedMs }) => waitedMs).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
