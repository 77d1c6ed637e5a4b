import { startTestProxy, type TestProxy } from '@keyturn/testkit';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { grpcClient } from './grpc-client.js';
import { concurrency, type LoadClient } from './load-client.js';
import { loadClients } from './load-clients.js';
import { setLoadScene } from './load-scene.js';
import { isFullLoad, rotations, timeoutMs } from './load-size.js';
import { axiosClient, httpsClient } from './node-clients.js';
import { issueCertificates, loadAuthority, rotatingSource } from './rotating-source.js';
import { runLoad } from './run-load.js';
import { undiciClient } from './undici-clients.js';
import { complaintsOf, describeVerdict } from './verdict.js';

const protocols = ['http', 'https', 'socks5'] as const;

interface Row {
  readonly name: string;
  readonly loadClient: LoadClient;
  readonly protocol: (typeof protocols)[number];
}

const row = (loadClient: LoadClient, protocol: Row['protocol']): Row => ({
  name: `${loadClient.name} through a proxy of ${protocol}`,
  loadClient,
  protocol,
});

/** One kind for each client, and each kind for the two that make connections in different ways. gRPC goes through no SOCKS proxy. */
const every = loadClients.flatMap((loadClient, index) => {
  if (loadClient === httpsClient || loadClient === undiciClient) {
    return protocols.map((protocol) => row(loadClient, protocol));
  }
  const possible = loadClient === grpcClient ? protocols.slice(0, 2) : protocols;
  return [row(loadClient, possible[index % possible.length] ?? 'http')];
});
const sample = [row(httpsClient, 'http'), row(axiosClient, 'https'), row(undiciClient, 'socks5')];

beforeAll(() => issueCertificates(rotations + 1));

it.for(isFullLoad ? every : sample)(
  '$name loses nothing and is never stale while the certificate rotates under load',
  // Two handshakes for each connection, and both ends of them in one process.
  { timeout: 3 * timeoutMs },
  async ({ loadClient, protocol }, { annotate }) => {
    const proxy = await startProxy(protocol);
    const source = rotatingSource('both');
    const scene = await setLoadScene(loadClient, { source, bind: { proxy: proxy.url } });
    const verdict = await runLoad({ ...scene, rotations });
    await annotate(describeVerdict(verdict));
    expect(complaintsOf(verdict, concurrency)).toEqual([]);
    expect(scene.manager.stats().certificateRotations).toBe(rotations);
    expect(proxy.tunnels.length).toBeGreaterThanOrEqual(verdict.opened);
    await expect.poll(() => proxy.connections).toBeLessThanOrEqual(concurrency);
    expect(proxy.seen()).not.toMatch(/token-\d|PRIVATE/);
    expect(proxy.tunnels.filter(({ hasCertificate }) => hasCertificate)).toEqual([]);
  },
);

async function startProxy(protocol: Row['protocol']): Promise<TestProxy> {
  const login = { user: 'somebody', password: 'p@ss/word' };
  const proxy = await startTestProxy({ protocol, login, authority: await loadAuthority() });
  onTestFinished(() => proxy.close());
  return proxy;
}
