import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bindAxios } from '@keyturn/axios';
import { type CredentialManager, createCredentialManager, staticSource } from '@keyturn/core';
import { bindGot } from '@keyturn/got';
import { bindHttps } from '@keyturn/https';
import { bindFetch, CredentialDispatcher } from '@keyturn/undici';
import axios from 'axios';
import got from 'got';
import * as undici from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';

type Send = (
  manager: CredentialManager,
  socketPath: string,
  origins: readonly string[],
) => Promise<unknown>;

const local = 'http://localhost';

/** Each sends a request for an origin in scope over a socket. */
const clients: readonly (readonly [string, Send])[] = [
  [
    'axios',
    (manager, socketPath, origins) => {
      return bindAxios(axios.create({ baseURL: local }), manager, { origins }).client.get('/x', {
        socketPath,
      });
    },
  ],
  [
    'axios, by its agent',
    (manager, socketPath, origins) => {
      const agent: object = { socketPath };
      const bare = axios.create({ baseURL: local, httpAgent: new http.Agent(agent) });
      return bindAxios(bare, manager, { origins }).client.get('/x');
    },
  ],
  [
    'got',
    (manager, socketPath, origins) => {
      const bare = got.extend({ enableUnixSockets: true });
      return bindGot(bare, manager, { origins }).client(`http://unix:${socketPath}:/x`);
    },
  ],
  [
    'got, unix: URL',
    (manager, socketPath, origins) => {
      const bare = got.extend({ enableUnixSockets: true });
      return bindGot(bare, manager, { origins }).client(`unix:${socketPath}:/x`);
    },
  ],
  [
    'https, by its agent',
    async (manager, socketPath, origins) => {
      const agent: object = { socketPath };
      const { client } = bindHttps(manager, { origins, agent });
      return (await client.get(`${local}/x`)).resume();
    },
  ],
  [
    'fetch',
    async (manager, socketPath, origins) => {
      const { client } = bindFetch(globalThis.fetch, manager, {
        origins,
        agent: { connect: { socketPath } },
      });
      return (await client(`${local}/x`)).text();
    },
  ],
  [
    'dispatcher',
    async (manager, socketPath, origins) => {
      const dispatcher = new CredentialDispatcher(manager, {
        origins,
        agent: { connect: { socketPath } },
      });
      const { body } = await undici.request(`${local}/x`, { dispatcher });
      await body.text();
      await dispatcher.destroy();
    },
  ],
];

const heard: (string | undefined)[] = [];
const server = http.createServer((request, response) => {
  heard.push(request.headers.authorization);
  response.end('answered');
});
const manager = createCredentialManager({ source: staticSource({ token: 'secret' }) });
let folder = '';
let socketPath = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keyturn-sockets-'));
  socketPath = path.join(folder, 'api.sock');
  server.listen(socketPath);
  await once(server, 'listening');
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await manager.close();
  await rm(folder, { recursive: true, force: true });
});

it.each(clients)(
  '%s carries the token over a socket that the origins name, and over no other',
  async (_, send) => {
    heard.length = 0;
    await send(manager, socketPath, [local]);
    await send(manager, socketPath, [local, `unix:${socketPath}2`]);
    await send(manager, socketPath, [local, `unix:${socketPath}`]);
    expect(heard).toEqual([undefined, undefined, 'Bearer secret']);
  },
);
