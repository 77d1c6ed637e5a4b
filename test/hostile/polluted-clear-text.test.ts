/**
 * What travels in clear text because it stays on this machine has no certificate to tell a stranger by: where somebody's
 * socket stands on Object.prototype, or a dispatcher, no client may take the token there.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { bindAxios } from '@keyturn/axios';
import { type CredentialManager, createCredentialManager, staticSource } from '@keyturn/core';
import { bindGot } from '@keyturn/got';
import { bindGrpc } from '@keyturn/grpc';
import { bindHttp2, bindHttps } from '@keyturn/https';
import { bindFetch, CredentialDispatcher } from '@keyturn/undici';
import axios from 'axios';
import got from 'got';
import * as undici from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printTable } from './print-table.js';

/** Makes a client that is bound to `origin`, and returns what sends a request. */
type Bind = (manager: CredentialManager, origin: string) => () => Promise<unknown>;

const clients: Readonly<Record<string, Bind>> = {
  axios: (manager, baseURL) => {
    const { client } = bindAxios(axios.create({ baseURL }), manager);
    return () => client.post('/x', 'body');
  },
  'axios, fetch adapter': (manager, baseURL) => {
    const { client } = bindAxios(axios.create({ baseURL, adapter: 'fetch' }), manager);
    return () => client.post('/x', 'body');
  },
  got: (manager, prefixUrl) => {
    const { client } = bindGot(got.extend({ prefixUrl, retry: { limit: 0 } }), manager);
    return () => client.post('x', { body: 'body' });
  },
  https: (manager, origin) => {
    const { client } = bindHttps(manager, { origins: [origin] });
    return async () => (await client.get(`${origin}/x`)).resume();
  },
  http2: (manager, origin) => {
    const { client } = bindHttp2(manager, { origins: [origin] });
    return () => client.request(`${origin}/x`);
  },
  fetch: (manager, origin) => {
    const { client } = bindFetch(globalThis.fetch, manager, { origins: [origin] });
    return () => client(`${origin}/x`, { method: 'POST', body: 'body' });
  },
  dispatcher: (manager, origin) => {
    const dispatcher = new CredentialDispatcher(manager, { origins: [origin] });
    return () => undici.request(`${origin}/x`, { dispatcher });
  },
  'dispatcher with makeInner': (manager, origin) => {
    const dispatcher = new CredentialDispatcher(manager, {
      origins: [origin],
      makeInner: () => new undici.Agent(),
    });
    return () => undici.request(`${origin}/x`, { dispatcher });
  },
  grpc: (manager, origin) => {
    const { client: api } = bindGrpc(manager, { target: new URL(origin).host, plaintext: true });
    const client = new grpc.Client(api.target, api.credentials, api.options);
    return () => callOnce(client);
  },
};

/** Over HTTP/2, with prior knowledge. */
const overHttp2 = ['http2', 'grpc'];

const names = ['socketPath', 'path', 'dispatcher'] as const;
const columns = new Map<string, Record<string, string>>();
const heard: { readonly where: string; readonly token: string | undefined }[] = [];
const manager = createCredentialManager({ source: staticSource({ token: 'secret' }) });
const servers: Server[] = [];
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keyturn-clear-text-'));
  await manager.current();
});

afterAll(async () => {
  for (const server of servers) server.close();
  await manager.close();
  await rm(folder, { recursive: true, force: true });
  const rows = names.map((name): [string, ...string[]] => [
    name,
    ...[...columns.values()].map((column) => column[name] ?? '-'),
  ]);
  printTable('on Object.prototype', [...columns.keys()], rows);
});

describe.each(Object.keys(clients))('%s', (client) => {
  it.each(names)('takes no token elsewhere for the sake of Object.prototype.%s', async (name) => {
    const isHttp2 = overHttp2.includes(client);
    const origin = await listen('home', isHttp2);
    const socketPath = path.join(folder, `${client}-${name}.sock`);
    await listen('elsewhere', isHttp2, socketPath);
    const send = (clients[client] as Bind)(manager, origin);
    heard.length = 0;
    await during(name, attractive(name, socketPath), send);
    columns.set(client, { ...columns.get(client), [name]: outcome() });
    expect(outcome()).toMatch(/^(?:home|nowhere)$/);
  });
});

function outcome(): string {
  const stray = heard.find(({ where }) => where === 'elsewhere');
  if (stray !== undefined) return stray.token === undefined ? 'nowhere' : 'elsewhere';
  return heard.some(({ token }) => token === 'Bearer secret') ? 'home' : 'nowhere';
}

/** What would suit somebody who listens at `socketPath`. */
function attractive(name: (typeof names)[number], socketPath: string): unknown {
  if (name !== 'dispatcher') return socketPath;
  const agent = new undici.Agent({ connect: { socketPath } });
  return { dispatch: agent.dispatch.bind(agent) };
}

/** Sends while `value` stands on Object.prototype; a client that settles nothing is left alone after a while. */
async function during(name: string, value: unknown, send: () => Promise<unknown>): Promise<void> {
  const kept = { configurable: true, writable: true, enumerable: false };
  Object.defineProperty(Object.prototype, name, { __proto__: null, ...kept, value } as object);
  try {
    await send();
  } catch {
    // To fail is as good: nothing has gone elsewhere.
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

function callOnce(client: grpc.Client): Promise<unknown> {
  const same = (bytes: Buffer): Buffer => bytes;
  const options = { deadline: Date.now() + 1000 };
  const message = Buffer.from('body');
  return new Promise((resolve) => {
    client.makeUnaryRequest('/test.Notes/Echo', same, same, message, options, () => {
      client.close();
      resolve(undefined);
    });
  });
}

/** Starts a server that remembers who asked, and returns its origin. */
async function listen(where: string, isHttp2: boolean, socketPath?: string): Promise<string> {
  const answer = (
    { headers }: http.IncomingMessage | http2.Http2ServerRequest,
    response: http.ServerResponse | http2.Http2ServerResponse,
  ): void => {
    heard.push({ where, token: headers.authorization });
    response.writeHead(200, { 'content-type': 'application/grpc', 'grpc-status': '16' });
    response.end();
  };
  const server = isHttp2 ? http2.createServer(answer) : http.createServer(answer);
  servers.push(server.unref());
  if (socketPath === undefined) server.listen(0, '127.0.0.1');
  else server.listen(socketPath);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'string' ? '' : `http://localhost:${(address as AddressInfo).port}`;
}
