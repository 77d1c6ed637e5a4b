import { once } from 'node:events';
import type { ClientHttp2Stream } from 'node:http2';
import { createCredentialManager } from '@keyturn/core';
import { expect, it, onTestFinished } from 'vitest';
import { type Http2TestServer, startHttp2Server } from '../../test/http2-scene.js';
import { numberedSource } from '../../test/scene.js';
import { CredentialAgent } from '../agent/credential-agent.js';
import { Http2SessionPool } from './http2-session-pool.js';

async function setScene(): Promise<{
  readonly server: Http2TestServer;
  ask(options?: object): Promise<ClientHttp2Stream>;
  readonly pool: Http2SessionPool;
}> {
  const server = await startHttp2Server();
  const manager = createCredentialManager({ source: numberedSource('both') });
  const agent = new CredentialAgent(manager, {
    origins: [server.url],
    tls: { ca: server.ca },
  });
  onTestFinished(async () => {
    agent.destroy();
    await manager.close();
    await server[Symbol.asyncDispose]();
  });
  await manager.current();
  const pool = new Http2SessionPool(agent);
  const authority = new URL(server.url);
  const ask = async (options = {}): Promise<ClientHttp2Stream> =>
    (await pool.takePlace(authority, options)).open({}, {}).resume();
  return { server, pool, ask };
}

it('has a session for each set of TLS settings', async () => {
  const { server, ask } = await setScene();
  for (const options of [{}, { maxVersion: 'TLSv1.2' }, {}])
    await once(await ask(options), 'close');
  expect(server.requests.map(({ session, commonName }) => [session, commonName])).toEqual([
    [1, 'client-1'],
    [2, 'client-1'],
    [1, 'client-1'],
  ]);
});

it('keeps ten idle sessions at most, those that were used last', async () => {
  const { server, ask } = await setScene();
  const [first, ...others] = Array.from({ length: 12 }, () => ({
    checkServerIdentity: () => undefined,
  }));
  for (const options of [first, ...others, first]) await once(await ask(options), 'close');
  await expect.poll(() => server.sessions.size).toBe(10);
});

it('closes what is idle and leaves what is busy', async () => {
  const { server, pool, ask } = await setScene();
  await once(await ask(), 'close');
  const busy = await ask({ maxVersion: 'TLSv1.2' });
  pool.closeIdle();
  await once(busy, 'close');
  expect(busy.rstCode).toBe(0);
  await expect.poll(() => server.sessions.size).toBe(1);
});
