/** The client of the long run, by node:https and by undici in turns: `node --expose-gc load-program.js`. */
import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type ClientCertificate,
  type CredentialManager,
  createCredentialManager,
} from '@keyturn/core';
import { bindHttps, type HttpsClient } from '@keyturn/https';
import { CredentialDispatcher } from '@keyturn/undici';
import { request } from 'undici';
import { answerQuestions } from '../child.js';

export interface LoadTarget {
  /** `https://host:port` */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  /** Presented one after the other, over and over. */
  readonly certificates: readonly ClientCertificate[];
  /** How many requests are in the air. */
  readonly concurrency: number;
}

export interface Stretch {
  readonly requests: number;
  /** The credential rotates before each so many requests. */
  readonly requestsPerRotation: number;
  /** Who sends, in turns. Each opens connections of its own after a rotation, which takes as long as hundreds of requests. */
  readonly clients: readonly ClientName[];
}

export type ClientName = 'https' | 'undici';

/** How the process stands after a stretch, at rest. */
export interface LoadSample {
  /** After a collection. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** Open files and sockets where the system tells, else what keeps the event loop. */
  readonly descriptors: number;
  readonly rotations: number;
  readonly failures: number;
}

const path = '/api/v1/namespaces';
const settleMs = 50;

let client: HttpsClient;
let dispatcher: CredentialDispatcher;
let manager: CredentialManager;
let url = '';
let concurrency = 0;
let failures = 0;

answerQuestions({ aim, send });

async function aim(target: LoadTarget): Promise<void> {
  let loads = 0;
  const load = async () => {
    loads += 1;
    const clientCertificate = target.certificates[loads % target.certificates.length];
    return { token: `bench-${loads}`, clientCertificate };
  };
  manager = createCredentialManager({ source: { name: 'bench', load } });
  const where = { origins: [target.url], tls: { ca: target.ca } };
  ({ client } = bindHttps(manager, where));
  ({ concurrency } = target);
  dispatcher = new CredentialDispatcher(manager, {
    ...where,
    agent: { connections: concurrency },
  });
  url = target.url + path;
  await manager.current();
}

async function send({ requests, requestsPerRotation, clients }: Stretch): Promise<LoadSample> {
  let started = 0;
  const work = async (): Promise<void> => {
    while (started < requests) {
      if (started % requestsPerRotation === 0) void manager.refresh().catch(fail);
      const name = clients[started % clients.length];
      started += 1;
      await (name === 'undici' ? sendByUndici() : sendByHttps()).catch(fail);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return await sample();
}

async function sendByUndici(): Promise<void> {
  const { statusCode, body } = await request(url, { dispatcher });
  if (statusCode !== 200) failures += 1;
  await body.dump();
}

async function sendByHttps(): Promise<void> {
  const response = await client.get(url);
  if (response.statusCode !== 200) failures += 1;
  // The cheapest way to read an answer to its end: there are a million of them.
  await new Promise((resolve, reject) => {
    response.resume().once('end', resolve).once('error', reject);
  });
}

function fail(): void {
  failures += 1;
}

async function sample(): Promise<LoadSample> {
  // Connections that drain, close; and what a WeakRef was made for lives until a turn ends.
  await wait(settleMs);
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc?.();
    await wait(1);
  }
  const { heapUsed, rss } = process.memoryUsage();
  const { rotations } = manager.stats();
  return {
    heapBytes: heapUsed,
    residentBytes: rss,
    descriptors: countDescriptors(),
    rotations,
    failures,
  };
}

function countDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return process.getActiveResourcesInfo().length;
  }
}
