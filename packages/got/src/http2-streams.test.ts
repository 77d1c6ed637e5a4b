import { text } from 'node:stream/consumers';
import { createCredentialManager } from '@keyturn/core';
import { originScope } from '@keyturn/core/binding';
import { CredentialAgent } from '@keyturn/https';
import { expect, it, onTestFinished } from 'vitest';
import { numberedSource, startServer as startHttp1Server } from '../../https/test/scene.js';
import { sessionsOf, startServer } from '../test/http2-scene.js';
import type { GotOptions, NativeOptions } from './got-shape.js';
import { Http2Protocols } from './http2-protocols.js';
import { Http2Streams } from './http2-streams.js';

/** What got 16 does with a request, without got: this package is developed with got 14. */
async function setScene(server: { readonly url: string; readonly ca: string }) {
  const manager = createCredentialManager({ source: numberedSource('both') });
  const scope = originScope({ origins: [server.url] });
  const settings = { origins: scope.origins, tls: { ca: server.ca } };
  const [credential, nobody] = [
    new CredentialAgent(manager, settings),
    new CredentialAgent(manager, settings),
  ];
  nobody.unbind();
  const agents = { credential, nobody };
  const protocols = new Http2Protocols();
  const streams = new Http2Streams({
    manager,
    scope,
    agents,
    protocols,
    drainTimeoutMs: undefined,
    renew: async (_, headers) => headers,
  });
  onTestFinished(async () => {
    streams.close();
    credential.destroy();
    await manager.close();
  });
  await manager.current();
  /** Returns what got would send the request with. */
  const prepare = async (url: string, native: NativeOptions = {}): Promise<NativeOptions> => {
    const options = { url, agent: { https: credential }, timeout: {} } as GotOptions;
    const through = streams.requestThrough((_, more) => more, options);
    return (await through(new URL(url), native)) as NativeOptions;
  };
  return { rotate: () => manager.refresh(), credential, prepare };
}

async function send({ h2session }: NativeOptions): Promise<string> {
  if (h2session === undefined) throw new Error('The request goes over HTTP/1.1.');
  return text(h2session.request({ ':path': '/' }));
}

it('opens a stream on the session of the moment when the request is sent', async () => {
  const server = await startServer();
  const { prepare, rotate } = await setScene(server);
  const [early, late] = [await prepare(server.url), await prepare(server.url)];
  expect(await send(early)).toBe('client-1');
  await rotate();
  expect(await send(late)).toBe('client-2');
});

it('keeps the session with a server out of scope when the certificate rotates', async () => {
  const elsewhere = await startServer();
  const { prepare, rotate } = await setScene(await startServer());
  const names = [await send(await prepare(elsewhere.url))];
  await rotate();
  names.push(await send(await prepare(elsewhere.url)));
  expect([names, sessionsOf(elsewhere)]).toEqual([['nobody', 'nobody'], 1]);
});

it('leaves a server that knows no HTTP/2 to the agent', async () => {
  const server = await startHttp1Server();
  onTestFinished(() => server.close());
  const { prepare, credential } = await setScene(server);
  expect(await prepare(server.url)).toMatchObject({ agent: { https: credential } });
});

it('leaves a socket path to the agent', async () => {
  const server = await startServer();
  const { prepare, credential } = await setScene(server);
  const native = { socketPath: '/run/some.sock' };
  const prepared = await prepare(server.url, native);
  expect(prepared).toMatchObject({ ...native, agent: { https: credential } });
  expect(prepared.h2session).toBeUndefined();
});
