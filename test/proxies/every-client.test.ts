/** What the option `proxy` promises, for every client that presents a certificate by itself. */
import { inspect } from 'node:util';
import { type CredentialManager, createCredentialManager } from '@keyturn/core';
import { startTestProxy, type TestProxy, type TestProxyOptions } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { grpcClient } from '../rotation/grpc-client.js';
import type { BoundClient, LoadClient } from '../rotation/load-client.js';
import { loadClients } from '../rotation/load-clients.js';
import type { LoadServer } from '../rotation/load-server.js';
import { isFullLoad } from '../rotation/load-size.js';
import { loadAuthority, type RotatingSource, rotatingSource } from '../rotation/rotating-source.js';

const protocols = ['http', 'https', 'socks5'] as const;
const question = { path: '/fast/0' };
const login = { user: 'somebody', password: 'p@ss/w%rd' };

interface Behind {
  readonly proxy: TestProxy;
  readonly server: LoadServer;
  readonly source: RotatingSource;
  readonly manager: CredentialManager;
  readonly client: BoundClient;
}

async function behind(
  { startServer, bind }: LoadClient,
  options: TestProxyOptions,
  change: (url: string) => string = (url) => url,
): Promise<Behind> {
  const proxy = await startTestProxy({ authority: await loadAuthority(), ...options });
  const server = await startServer();
  const source = rotatingSource('both');
  const manager = createCredentialManager({ source });
  const client = await bind({ manager, server, options: { proxy: change(proxy.url) } });
  onTestFinished(async () => {
    client.close();
    await manager.close();
    await server[Symbol.asyncDispose]();
    await proxy.close();
  });
  return { proxy, server, source, manager, client };
}

describe.each(loadClients)('$name', (loadClient) => {
  const possible = loadClient === grpcClient ? protocols.slice(0, 2) : protocols;
  const sample = possible[loadClients.indexOf(loadClient) % possible.length] ?? 'http';

  it.each(isFullLoad ? possible : [sample])(
    'goes through a proxy of %s, which is shown no secret',
    async (protocol) => {
      const { proxy, server, client } = await behind(loadClient, { protocol, login });
      expect(await client.ask(question)).toMatchObject({ status: 200 });
      expect(proxy.tunnels.length).toBeGreaterThan(0);
      for (const tunnel of proxy.tunnels) {
        const target = new URL(server.url).host;
        expect(tunnel).toMatchObject({ target, login, hasCertificate: false });
      }
      expect(proxy.seen()).not.toMatch(/token-1|PRIVATE KEY/);
    },
  );

  it('connects anew when the certificate rotates, and lets go of the tunnel before', async () => {
    const { proxy, manager, client } = await behind(loadClient, {});
    await client.ask(question);
    const before = proxy.tunnels.length;
    await manager.refresh();
    await client.ask(question);
    expect(proxy.tunnels.length).toBeGreaterThan(before);
    await expect
      .poll(() => proxy.tunnels.slice(0, before).filter(({ isOpen }) => isOpen))
      .toEqual([]);
  });

  it.each([
    ['wants another password', { login }, (url: string) => url.replace(/p%40[^@]+@/, 'hush-hush@')],
    ['refuses to connect', { answer: 'refuse', login }, (url: string) => url],
  ] as const)(
    'says that the proxy %s, and asks for no other credential',
    async (_, options, change) => {
      const { proxy, source, server, client } = await behind(loadClient, options, change);
      const error: unknown = await client.ask(question).catch((reason: unknown) => reason);
      const printed = inspect(error, { depth: 9 });
      expect(printed).toContain('ERR_PROXY');
      expect(printed).toContain(proxy.name);
      expect(printed).not.toMatch(/hush-hush|p@ss|p%40ss|c29tZWJvZHk/);
      expect(server.connections.opened).toBe(0);
      expect(source.number).toBe(1);
    },
  );
});
