import { equal, ok, deepEqual as same } from 'node:assert/strict';
import { inspect } from 'node:util';
import type { TestProxy, TestProxyOptions } from '../server/test-proxy.js';
import { rejection } from './expectations.js';
import { showsNone } from './printed.js';
import { type Scene, scene } from './scene.js';
import type { Stage, StageOptions, Theatre } from './theatre.js';

// A binding that presents certificates makes its TLS connections itself, and so has to know of the proxy.
const encrypted: Scene['needs'] = ['clientCertificate'];
const login = { user: 'somebody', password: 'p4ss-of-the-proxy' };

export const proxyScenes: readonly Scene[] = [
  scene(
    'goes through the proxy it is given, and shows it no secret',
    encrypted,
    async (theatre) => {
      const behind = await standBehind(theatre, { login });
      if (behind === undefined) return;
      const { proxy, server, source, send } = behind;
      source.change = theatre.certificateFor;
      equal((await send('/through')).status, 200);
      equal(server.requests[0]?.token, 'token-1');
      equal(server.requests[0]?.commonName, 'client-1');
      const { host } = new URL(server.url);
      ok(proxy.tunnels.length >= server.connections.opened, 'A connection went past the proxy.');
      for (const tunnel of proxy.tunnels) {
        equal(tunnel.target, host);
        same(tunnel.login, login);
        ok(!tunnel.hasCertificate, 'The proxy was shown a client certificate.');
      }
      ok(!proxy.seen().includes('token-1'), 'The proxy could read the token.');
    },
  ),

  scene(
    'sends what goes in clear text to loopback past the proxy it is given',
    ['plainHttp'],
    async (theatre) => {
      const behind = await standBehind(theatre, {}, { server: { plainHttp: true } });
      if (behind === undefined) return;
      const { proxy, server, send } = behind;
      equal((await send('/straight')).status, 200);
      equal(server.requests[0]?.token, 'token-1');
      equal(proxy.seen(), '');
    },
  ),

  scene(
    'takes the refusal of a proxy for none of the server, and keeps its password to itself',
    encrypted,
    async (theatre) => {
      const wrong = { user: login.user, password: 'another-of-the-proxy' };
      const behind = await standBehind(theatre, { login }, {}, wrong.password);
      if (behind === undefined) return;
      const { server, manager, source, binding, send } = behind;
      const error = await rejection('a request to nobody', send('/refused'), theatre.limitMs);
      ok(inspect(error, { depth: 9 }).includes('ERR_PROXY'), 'The error has another code.');
      showsNone([wrong.password], error, 'error');
      showsNone([wrong.password], binding.client, 'client');
      equal(server.connections.opened, 0);
      equal(source.runs, 1);
      equal(manager.stats().refusals, 0);
    },
  ),
];

interface Behind<Client> extends Stage<Client> {
  readonly proxy: TestProxy;
}

/**
 * Sets a stage whose binding is given a proxy; undefined where the binding refuses that when it is made, which is right as well.
 * @param password in place of the one that the proxy wants
 */
async function standBehind<Client>(
  theatre: Theatre<Client>,
  options: TestProxyOptions,
  stage: StageOptions = {},
  password: string = login.password,
): Promise<Behind<Client> | undefined> {
  const proxy = await theatre.startProxy(options);
  const url = proxy.url.replace(login.password, password);
  try {
    const set = await theatre.stage({ ...stage, bind: { proxy: url } });
    return { ...set, proxy };
  } catch (error) {
    if (error instanceof TypeError && /proxy/i.test(error.message)) return undefined;
    throw error;
  }
}
