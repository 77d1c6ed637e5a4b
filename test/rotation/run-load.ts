import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { CredentialManager } from '@keyturn/core';
import { answerKinds } from './answers.js';
import { type BoundClient, concurrency, type Question } from './load-client.js';
import type { LoadServer } from './load-server.js';
import { Tally } from './tally.js';
import type { Verdict } from './verdict.js';

export interface LoadParts {
  readonly client: BoundClient;
  readonly manager: CredentialManager;
  readonly server: LoadServer;
  readonly rotations: number;
  /** Makes the next generation. Default: the manager does. */
  readonly rotate?: () => unknown;
  /** The number of the authority that is trusted now, where that rotates; it stands in the name that the server shows. */
  readonly trusted?: () => number;
  /** Whether token and certificate of one generation have the same number. Default false. */
  readonly pairs?: boolean;
  /** Let everything end that was in the air at one rotation, before the next one comes. Default false. */
  readonly oneAtATime?: boolean;
}

/** Some answers are always in the air after that long, and some connections still being made. */
const calmMs = 40;

/** Every third rotation comes while the connections of the one before are still being made. */
const hastyEvery = 3;

/** How many requests have to end between two calm rotations, so that each generation is put to use. */
const usesOfEach = concurrency;

/** What has no answer by then has none coming. Generous: the machine may be busy. */
const patienceMs = 10_000;

/** Sends requests from 16 workers while the credential rotates, and says what became of them. */
export async function runLoad(parts: LoadParts): Promise<Verdict> {
  const load = new Load(parts);
  const workers = Array.from({ length: concurrency }, (_, worker) => load.work(worker));
  await load.rotateAll();
  await load.allAnew();
  load.stop();
  await Promise.all(workers);
  const { connections } = parts.server;
  const left = await settled(() => connections.open);
  return { ...load.tally.counts, rotations: parts.rotations, opened: connections.opened, left };
}

class Load {
  readonly tally: Tally;
  readonly #parts: LoadParts;
  /** How many requests had begun when each worker began the one that it has in the air. */
  readonly #began: number[] = [];
  #begun = 0;
  #isOver = false;

  constructor(parts: LoadParts) {
    this.#parts = parts;
    this.tally = new Tally(parts.pairs);
  }

  async work(worker: number): Promise<void> {
    for (let turn = worker; !this.#isOver; turn += 1) {
      this.#began[worker] = this.#begun++;
      await this.#ask(questionFor(worker, turn));
    }
  }

  async rotateAll(): Promise<void> {
    const { rotations, manager, rotate = () => manager.refresh(), oneAtATime } = this.#parts;
    for (let rotation = 1; rotation <= rotations; rotation += 1) {
      if (oneAtATime) await this.allAnew();
      else if (rotation % hastyEvery === 0) await this.#begunSince();
      else await this.#calm();
      await rotate();
    }
  }

  /** Resolves when every worker has begun a new request. */
  async allAnew(): Promise<void> {
    const mark = this.#begun;
    await until(() => this.#began.every((number) => number >= mark));
  }

  stop(): void {
    this.#isOver = true;
  }

  /** Resolves when a request has been sent since the last rotation, and had no time for an answer. */
  async #begunSince(): Promise<void> {
    const mark = this.#begun;
    await until(() => this.#begun > mark);
  }

  async #calm(): Promise<void> {
    const { ended } = this.tally;
    await delay(calmMs);
    await until(() => this.tally.ended >= ended + usesOfEach);
  }

  async #ask(question: Question): Promise<void> {
    const { client, manager, trusted } = this.#parts;
    const held = manager.peek();
    const current = {
      certificate: held?.certificateGeneration ?? 0,
      token: held?.generation ?? 0,
      authority: trusted?.() ?? 0,
    };
    try {
      this.tally.answered(await withPatience(client.ask(question)), question, current);
    } catch (error) {
      this.tally.failed(error);
      // A client that fails at once would leave no time for anything else.
      await delay(5);
    }
  }
}

/** Every other request has a body: nobody sends a POST again that was lost. */
function questionFor(worker: number, turn: number): Question {
  const path = `/${answerKinds[turn % answerKinds.length]}/${worker}-${turn}`;
  return turn % 2 === 0 ? { path } : { path, body: 'x'.repeat(200) };
}

async function withPatience<Answer>(asked: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), patienceMs);
  });
  try {
    return await Promise.race([asked, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!isSo() && performance.now() - startedAt < patienceMs) await turn();
}

/** Resolves with what `count` says once it has not changed for a while. */
async function settled(count: () => number): Promise<number> {
  let last = count();
  for (let quiet = 0; quiet < 10; quiet += 1) {
    await delay(10);
    const now = count();
    if (now !== last) quiet = 0;
    last = now;
  }
  return last;
}
