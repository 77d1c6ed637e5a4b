/** Holds many managers at once, in a process of its own: `node --expose-gc managers-program.js`. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type CredentialManager,
  createCredentialManager,
  createCredentialRegistry,
} from '@keyturn/core';
import type { ExecConfig } from '@keyturn/core/exec';
import { median } from 'simple-statistics';
import { answerQuestions } from '../child.js';

/** What one of many managers costs. */
export interface ManagerFigures {
  readonly managers: number;
  /** What each adds to the first, on the heap after a collection, with the credential that it holds. */
  readonly bytesEach: number;
  /** Asking one after the other. */
  readonly peekNs: number;
  /** The same with the least that could be there instead: objects with a token and a time. */
  readonly floorNs: number;
  /** Taking and giving back a lease on a manager that a registry of so many holds already. */
  readonly acquireNs: number;
}

export interface ManagersRequest {
  readonly count: number;
  /** How often few of them are weighed. */
  readonly trials: number;
}

const timedBatches = 15;
const collections = 3;

answerQuestions({ measure });

async function measure({ count, trials }: ManagersRequest): Promise<ManagerFigures> {
  // Code is compiled on the heap when it first runs, and would be counted as the first manager's.
  await weighOnce(100);
  return {
    managers: count,
    bytesEach: await weigh(count, trials),
    peekNs: timePeek(await makeManagers(count)),
    floorNs: timeFloor(count),
    acquireNs: timeAcquire(count),
  };
}

/** Bytes that each adds to the first: that one brings along what is made once, whatever the number. */
async function weigh(count: number, trials: number): Promise<number> {
  return ((await weighOften(count + 1, trials)) - (await weighOften(1, trials))) / count;
}

/** The median of several trials where there are few: a heap comes and goes by more than one manager weighs. */
async function weighOften(count: number, trials: number): Promise<number> {
  const found: number[] = [];
  const wanted = count < 1_000 ? trials : 1;
  while (found.length < wanted) found.push(await weighOnce(count));
  return median(found);
}

async function weighOnce(count: number): Promise<number> {
  const before = await heapBytes();
  const managers = await makeManagers(count);
  const after = await heapBytes();
  // Also keeps them on the heap until here.
  await Promise.all(managers.map((manager) => manager.close()));
  return after - before;
}

async function makeManagers(count: number): Promise<CredentialManager[]> {
  const managers = Array.from({ length: count }, (_, number) => {
    const load = async () => ({ token: `bench-${number}`, expiresAt: inOneHour() });
    return createCredentialManager({ source: { name: 'bench', load } });
  });
  await Promise.all(managers.map((manager) => manager.current()));
  return managers;
}

const inOneHour = (): number => Date.now() + 3_600_000;

/** Collects several times over: what a WeakRef was made for lives until the turn ends, and what it held goes next. */
async function heapBytes(): Promise<number> {
  for (let time = 0; time < collections; time += 1) {
    await nextTurn();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

function timePeek(managers: readonly CredentialManager[]): number {
  return timeEach(managers.length, 200_000, (index) => managers[index]?.peek()?.generation ?? 0);
}

function timeFloor(count: number): number {
  const held = Array.from({ length: count }, () => ({ generation: 1, freshUntil: inOneHour() }));
  return timeEach(count, 200_000, (index) => {
    const each = held[index];
    return each !== undefined && Date.now() < each.freshUntil ? each.generation : 0;
  });
}

function timeAcquire(count: number): number {
  const registry = createCredentialRegistry();
  const configs = Array.from({ length: count }, (_, number) => configOf(number));
  for (const config of configs) registry.acquire(config);
  return timeEach(count, 5_000, (index) => {
    const lease = registry.acquire(configs[index] as ExecConfig);
    void lease.release();
    return 1;
  });
}

const configOf = (number: number): ExecConfig => ({
  command: 'never-run',
  args: ['get-token', '--cluster', `bench-${number}`],
  apiVersion: 'client.authentication.k8s.io/v1',
  interactiveMode: 'Never',
});

/** Does it `times` over, with one index after the other, and returns the median nanoseconds of several such batches. */
function timeEach(count: number, times: number, visit: (index: number) => number): number {
  const batchesNs: number[] = [];
  let sum = 0;
  let index = 0;
  for (let batch = 0; batch <= timedBatches; batch += 1) {
    const startedAt = performance.now();
    for (let time = 0; time < times; time += 1) {
      sum += visit(index);
      index = index + 1 < count ? index + 1 : 0;
    }
    batchesNs.push(((performance.now() - startedAt) * 1e6) / times);
  }
  // Looked at, so that no compiler may leave the work out.
  if (sum < times) throw new Error('A credential was missing.');
  // The first batch warms up.
  return median(batchesNs.slice(1));
}
