/** Both sides of the throughput figures of one client: `node --expose-gc client-program.js CLIENT`. */
import { createCredentialManager } from '@keyturn/core';
import { answerQuestions } from '../child.js';
import { measuredClients } from './clients.js';
import type { Send, Target } from './measured-client.js';

/** What one stretch of sending gave. */
export interface Block {
  readonly requests: number;
  readonly elapsedMs: number;
  /** User and system time of this process. */
  readonly cpuMs: number;
}

export type SideName = 'bound' | 'bare';

export interface BlockRequest {
  readonly side: SideName;
  readonly concurrency: number;
  readonly durationMs: number;
}

const [name] = process.argv.slice(2);
const sends = new Map<string, Send>();
let target: Target | undefined;

answerQuestions({
  aim: (at: Target) => {
    target = at;
  },
  send: sendBlock,
});

async function sendBlock({ side, concurrency, durationMs }: BlockRequest): Promise<Block> {
  const send = sendFor(side, concurrency);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  let requests = 0;
  const work = async (): Promise<void> => {
    while (performance.now() - startedAt < durationMs) {
      await send();
      requests += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  // Each block pays for its own garbage. Left to itself V8 collects it in every second or third block, and these take
  // half as long again as the others.
  collectYoung();
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { requests, elapsedMs, cpuMs: (user + system) / 1_000 };
}

function collectYoung(): void {
  if (globalThis.gc === undefined) throw new Error('Run this program with --expose-gc.');
  globalThis.gc({ type: 'minor' });
}

/** The client of one side for one concurrency: made once, so that its connections are kept between blocks. */
function sendFor(side: SideName, concurrency: number): Send {
  const key = `${side} ${concurrency}`;
  const known = sends.get(key);
  if (known !== undefined) return known;
  const made = makeSend(side, concurrency);
  sends.set(key, made);
  return made;
}

function makeSend(side: SideName, concurrency: number): Send {
  const client = measuredClients.find((each) => each.name === name);
  if (client === undefined || target === undefined) throw new Error(`No client "${name}".`);
  if (side === 'bare') return client.bare(target, concurrency);
  const { token, clientCertificate } = target;
  const load = async () => ({ token, clientCertificate, expiresAt: Date.now() + 3_000_000 });
  const manager = createCredentialManager({ source: { name: 'bench', load } });
  return client.bound(target, manager, concurrency);
}
