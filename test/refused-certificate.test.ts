/** A client certificate that a server refuses while the connection is being made: what counts as a refusal, and what not. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import {
  type CredentialManager,
  type CredentialMaterial,
  type CredentialSource,
  createCredentialManager,
} from '@keyturn/core';
import { createTestAuthority, startTestApiServer, type TestAuthority } from '@keyturn/testkit';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { startHttpServer } from './rotation/http-server.js';
import type { Answer, LoadClient } from './rotation/load-client.js';
import { loadClients } from './rotation/load-clients.js';
import { findProxy, type ProxyName, startProxy, type TlsProxy } from './tls-proxies.js';

const hourMs = 3_600_000;

const httpClients = loadClients.filter(({ startServer }) => startServer === startHttpServer);

const authority = await createTestAuthority();
const stranger = await createTestAuthority({ commonName: 'Somebody else' });

const certificateOf = (from: TestAuthority, notAfter = Date.now() + hourMs) =>
  from.issueClientCertificate({ commonName: 'client', notAfter });

/** What the source gives first. */
const badMaterial = {
  'no certificate': async (): Promise<CredentialMaterial> => ({ token: 'alone' }),
  'an expired certificate': async () => ({
    clientCertificate: await certificateOf(authority, Date.now() - hourMs),
  }),
  'a certificate of another authority': async () => ({
    clientCertificate: await certificateOf(stranger),
  }),
} satisfies Record<string, () => Promise<CredentialMaterial>>;

type Bad = keyof typeof badMaterial;
const everyBad = Object.keys(badMaterial) as Bad[];

/** A source that gives something bad first, and then what the server wants. */
function improvingSource(bad: Bad): CredentialSource {
  let isFirst = true;
  return {
    name: 'improving',
    load: async () => {
      const first = isFirst;
      isFirst = false;
      return first ? badMaterial[bad]() : { clientCertificate: await certificateOf(authority) };
    },
  };
}

type Skip = (condition: boolean, note?: string) => void;

const proxies = new Map<string, Promise<TlsProxy>>();
afterAll(async () => {
  for (const proxy of proxies.values()) await (await proxy)[Symbol.asyncDispose]();
});

/** A real proxy, started once for all clients; without the program the test is skipped. */
function proxyFor(name: ProxyName, version: 'TLSv1.2' | 'TLSv1.3', skip: Skip): Promise<TlsProxy> {
  skip(findProxy(name) === undefined, `${name} is not installed`);
  const key = `${name} ${version}`;
  const known = proxies.get(key) ?? startProxy(name, { authority, version });
  proxies.set(key, known);
  return known;
}

interface Asked {
  readonly manager: CredentialManager;
  /** Rejects with the error of the client. */
  readonly answer: Promise<Answer>;
}

/** Asks once, with a body that a replay has to bring as well. */
async function ask(
  client: LoadClient,
  bad: Bad,
  where: Pick<TlsProxy, 'url' | 'ca'>,
  body = 'the body',
): Promise<Asked> {
  const manager = createCredentialManager({ source: improvingSource(bad) });
  onTestFinished(() => manager.close());
  const connections = { opened: 0, open: 0 };
  const server = { ...where, connections, [Symbol.asyncDispose]: async () => {} };
  const bound = await client.bind({ manager, server });
  onTestFinished(() => bound.close());
  return { manager, answer: bound.ask({ path: '/fast/refused', body }) };
}

describe.each(httpClients)('$name', (client) => {
  /** Stands before a server and answers the first `count` clients with a TLS alert. */
  async function alerting(number: number, count: number): Promise<Pick<TlsProxy, 'url' | 'ca'>> {
    const server = await startTestApiServer({ authority });
    onTestFinished(() => server.close());
    const sockets = new Set<Socket>();
    let refused = 0;
    const front = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      refused += 1;
      if (refused <= count) {
        // Record type 21, TLS 1.2, two bytes: fatal, and what for.
        socket.once('data', () => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, number])));
        return;
      }
      const inner = connect(Number(new URL(server.url).port), '127.0.0.1');
      sockets.add(inner);
      inner.on('error', () => {});
      socket.pipe(inner).pipe(socket);
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    onTestFinished(() => {
      front.close();
      for (const socket of sockets) socket.destroy();
    });
    return { url: `https://localhost:${(front.address() as AddressInfo).port}`, ca: server.ca };
  }

  it.each([
    ['bad certificate', 42],
    ['unsupported certificate', 43],
    ['certificate revoked', 44],
    ['certificate expired', 45],
    ['certificate unknown', 46],
    ['unknown CA', 48],
    ['access denied', 49],
  ] as const)('replays after the alert "%s" with the next certificate', async (_, number) => {
    const { manager, answer } = await ask(
      client,
      'an expired certificate',
      await alerting(number, 1),
    );
    expect(JSON.parse((await answer).text)).toMatchObject({ commonName: 'client', bytes: 8 });
    expect(manager.stats()).toMatchObject({ runs: 2, refusals: 1 });
  });

  it('passes the second alert on', async () => {
    const { manager, answer } = await ask(client, 'an expired certificate', await alerting(45, 9));
    await expect(answer).rejects.toThrow();
    expect(manager.stats()).toMatchObject({ runs: 2, refusals: 1 });
  });

  it('takes an alert with other causes for a failure', async () => {
    const handshakeFailure = 40;
    const { manager, answer } = await ask(
      client,
      'an expired certificate',
      await alerting(handshakeFailure, 1),
    );
    await expect(answer).rejects.toThrow();
    expect(manager.stats()).toMatchObject({ runs: 1, refusals: 0 });
  });

  // Node lets the handshake end before it looks, and then closes without a word.
  it.each(everyBad.slice(1))('takes the end of a connection for a failure: %s', async (bad) => {
    const server = await startTestApiServer({ authority, clientCertificate: 'require' });
    onTestFinished(() => server.close());
    const { manager, answer } = await ask(client, bad, server);
    await expect(answer).rejects.toThrow();
    expect(manager.stats()).toMatchObject({ runs: 1, refusals: 0 });
  });

  describe('before a real haproxy', () => {
    it.for(everyBad)('replays after %s, TLS 1.3', async (bad, { skip }) => {
      const proxy = await proxyFor('haproxy', 'TLSv1.3', skip);
      const { manager, answer } = await ask(client, bad, proxy);
      expect(await answer).toEqual({ status: 200, text: 'client' });
      expect(manager.stats()).toMatchObject({ runs: 2, refusals: 1 });
    });

    it('replays a body that was still being sent when the alert came', async ({ skip }) => {
      const proxy = await proxyFor('haproxy', 'TLSv1.3', skip);
      const body = 'x'.repeat(200_000);
      const { manager, answer } = await ask(client, 'an expired certificate', proxy, body);
      expect(await answer).toEqual({ status: 200, text: 'client' });
      expect(manager.stats()).toMatchObject({ runs: 2, refusals: 1 });
    });

    it.for(everyBad.slice(1))('replays after %s, TLS 1.2', async (bad, { skip }) => {
      const proxy = await proxyFor('haproxy', 'TLSv1.2', skip);
      const { manager, answer } = await ask(client, bad, proxy);
      expect(await answer).toEqual({ status: 200, text: 'client' });
      expect(manager.stats()).toMatchObject({ runs: 2, refusals: 1 });
    });

    // "handshake failure" has many other causes.
    it('takes what TLS 1.2 says to no certificate for a failure', async ({ skip }) => {
      const proxy = await proxyFor('haproxy', 'TLSv1.2', skip);
      const { manager, answer } = await ask(client, 'no certificate', proxy);
      await expect(answer).rejects.toThrow();
      expect(manager.stats()).toMatchObject({ runs: 1, refusals: 0 });
    });
  });

  // It lets every handshake end and answers then. A 400 may mean anything.
  describe('before a real nginx', () => {
    it.for(everyBad)('hands on the 400 to %s', async (bad, { skip }) => {
      const proxy = await proxyFor('nginx', 'TLSv1.3', skip);
      const { manager, answer } = await ask(client, bad, proxy);
      expect(await answer).toMatchObject({ status: 400 });
      expect(manager.stats()).toMatchObject({ runs: 1, refusals: 0 });
    });
  });
});
