import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { type CredentialManager, createCredentialManager } from '@keyturn/core';
import { bindHttps } from '@keyturn/https';
import { CredentialDispatcher } from '@keyturn/undici';
import { request } from 'undici';
import { certificateNumber, quickPath, type Seen, slowPath } from './protocol.js';
import { issueCertificates, rotatingSource } from './rotating-credentials.js';
import { type RotationServer, startRotationServer } from './rotation-server.js';

/** What became of the requests of a load while the certificate rotated. */
export interface RotationCount {
  readonly client: string;
  readonly rotations: number;
  readonly requests: number;
  readonly failed: number;
  /** Answered to a certificate or token older than the one that was current when the request began. */
  readonly stale: number;
  readonly concurrency: number;
  /** Open at the server afterwards. */
  readonly sockets: number;
}

/** The two pieces of code that rotate TLS, by the client that is nearest to each. */
export const rotatingClients = ['https', 'undici'] as const;
export type RotatingClient = (typeof rotatingClients)[number];

const concurrency = 16;
const betweenMs = 40;
const lifetimeMs = 3_600_000;

/** Rotates the certificate that often under load. */
export async function countThrough(
  client: RotatingClient,
  rotations: number,
): Promise<RotationCount> {
  await using server = await startRotationServer();
  const certificates = await issueCertificates(rotations + 1);
  const source = rotatingSource({ certificates, lifetimeMs, loadMs: 0 });
  const manager = createCredentialManager({ source });
  await using rig = rigFor(client, manager, server);
  const load = new Load(manager, rig.get);
  const workers = Array.from({ length: concurrency }, (_, worker) => load.work(worker));
  for (let rotation = 0; rotation < rotations; rotation += 1) {
    await delay(betweenMs);
    await manager.refresh();
  }
  await delay(betweenMs);
  load.isOver = true;
  await Promise.all(workers);
  // A closed socket is closed at the server a moment later.
  await delay(500);
  const { requests, failed, stale } = load;
  const sockets = await server.openSockets();
  await manager.close();
  return { client, rotations, requests, failed, stale, concurrency, sockets };
}

class Load {
  requests = 0;
  failed = 0;
  stale = 0;
  isOver = false;
  readonly #manager: CredentialManager;
  readonly #get: (path: string) => Promise<Seen>;

  constructor(manager: CredentialManager, get: (path: string) => Promise<Seen>) {
    this.#manager = manager;
    this.#get = get;
  }

  async work(worker: number): Promise<void> {
    for (let turn = worker; !this.isOver; turn += 1) {
      const current = this.#manager.peek()?.generation ?? 0;
      this.requests += 1;
      try {
        const seen = await this.#get(turn % 8 === 0 ? slowPath : quickPath);
        if (seen.token < current || certificateNumber(seen) < current) this.stale += 1;
      } catch {
        this.failed += 1;
      }
    }
  }
}

interface Rig extends AsyncDisposable {
  get(path: string): Promise<Seen>;
}

function rigFor(client: RotatingClient, manager: CredentialManager, server: RotationServer): Rig {
  const where = { origins: [server.url], tls: { ca: server.ca } };
  return client === 'https' ? httpsRig(manager, server, where) : undiciRig(manager, server, where);
}

interface Where {
  readonly origins: readonly string[];
  readonly tls: { readonly ca: string };
}

function httpsRig(manager: CredentialManager, { url }: RotationServer, where: Where): Rig {
  const { client, unbind } = bindHttps(manager, where);
  return {
    get: async (path) => {
      const response = await client.get(url + path);
      return seenIn(response.statusCode, await text(response));
    },
    [Symbol.asyncDispose]: async () => unbind(),
  };
}

function undiciRig(manager: CredentialManager, { url }: RotationServer, where: Where): Rig {
  const agent = { connections: concurrency };
  const dispatcher = new CredentialDispatcher(manager, { ...where, agent });
  return {
    get: async (path) => {
      const { statusCode, body } = await request(url + path, { dispatcher });
      return seenIn(statusCode, await body.text());
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

function seenIn(status: number | undefined, body: string): Seen {
  if (status !== 200) throw new Error(`The server answered ${status}.`);
  return JSON.parse(body) as Seen;
}
