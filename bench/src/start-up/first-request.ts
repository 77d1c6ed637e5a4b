import { fileURLToPath } from 'node:url';
import { execCredential } from '@keyturn/testkit';
import { Child } from '../child.js';
import { identities } from '../identities.js';
import { measureInPairs, type Pair } from '../paired.js';
import { printingPlugin } from '../plugin/commands.js';
import {
  answerVariable,
  type Origin,
  type RequestTarget,
  requestEnvironment,
} from './request-target.js';
import { runNode } from './run-node.js';

/** A program that makes one request and ends, with Keyturn and without. */
export interface FirstRequest {
  readonly client: 'axios' | 'https';
  readonly origin: Origin;
  /** With the entry points that load no container. */
  readonly isLean?: boolean;
}

export const firstRequests: readonly FirstRequest[] = [
  { client: 'axios', origin: 'static' },
  { client: 'axios', origin: 'plugin' },
  { client: 'https', origin: 'static' },
  { client: 'https', origin: 'plugin' },
  { client: 'https', origin: 'static', isLean: true },
  { client: 'https', origin: 'plugin', isLean: true },
];

/** A server in its own process, and programs that call it. */
export class FirstRequestStage implements AsyncDisposable {
  readonly #server: Child;
  readonly #target: RequestTarget;

  private constructor(server: Child, target: RequestTarget) {
    this.#server = server;
    this.#target = target;
  }

  static async open(): Promise<FirstRequestStage> {
    const { server: identity, client: clientCertificate } = await identities();
    const server = new Child(new URL('../throughput/server-program.js', import.meta.url));
    const port = await server.ask<number>('http', identity);
    const material = { token: 'bench', clientCertificate };
    return new FirstRequestStage(server, {
      url: `https://127.0.0.1:${port}`,
      ca: identity.ca,
      plugin: printingPlugin(answerVariable),
      ...material,
    });
  }

  /** Milliseconds from the start of the process to its end, with Keyturn and without, in turns. */
  measure(request: FirstRequest, count: number): Promise<Pair<number>[]> {
    const { client, origin, isLean = false } = request;
    const env = requestEnvironment(this.#target, execCredential(this.#target));
    const run = (side: 'bare' | 'bound' | 'lean') => async (): Promise<number> => {
      const program = new URL(`./${side}-${client}-program.js`, import.meta.url);
      return (await runNode({ args: [fileURLToPath(program), origin], env })).elapsedMs;
    };
    return measureInPairs(count, run(isLean ? 'lean' : 'bound'), run('bare'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
