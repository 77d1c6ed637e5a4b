/** Every client that is measured: left as its own documentation has it, right as ours has it. */

import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { credentials, Metadata } from '@grpc/grpc-js';
import { bindAxios } from '@keyturn/axios';
import { bindGot } from '@keyturn/got';
import { bindGrpc } from '@keyturn/grpc';
import { bindHttps } from '@keyturn/https';
import { bindFetch, CredentialDispatcher } from '@keyturn/undici';
import axios, { type AxiosInstance } from 'axios';
import { type Got, got } from 'got';
import * as undici from 'undici';
import {
  expectSuccess,
  headersOf,
  type MeasuredClient,
  type Send,
  tlsOf,
  whereOf,
} from './measured-client.js';
import { PingClient } from './ping-service.js';

const path = '/api/v1/namespaces';

const axiosSend = (client: AxiosInstance): Send => {
  return async () => expectSuccess((await client.get(path)).status);
};

const measuredAxios: MeasuredClient = {
  name: 'axios',
  protocol: 'http',
  bare: (target) =>
    axiosSend(
      axios.create({
        baseURL: target.url,
        proxy: false,
        headers: headersOf(target),
        httpsAgent: new Agent({ keepAlive: true, ...tlsOf(target) }),
      }),
    ),
  bound: (target, manager) => {
    const httpsAgent = new Agent({ keepAlive: true });
    const client = axios.create({ baseURL: target.url, proxy: false, httpsAgent });
    return axiosSend(bindAxios(client, manager, whereOf(target)).client);
  },
};

const gotSend = (client: Got): Send => {
  return async () => expectSuccess((await client(path.slice(1))).statusCode);
};

const measuredGot: MeasuredClient = {
  name: 'got',
  protocol: 'http',
  bare: (target) =>
    gotSend(
      got.extend({
        prefixUrl: target.url,
        headers: headersOf(target),
        agent: { https: new Agent({ keepAlive: true, ...tlsOf(target) }) },
      }),
    ),
  bound: (target, manager) => {
    const agent = { https: new Agent({ keepAlive: true }) };
    const client = got.extend({ prefixUrl: target.url, agent });
    return gotSend(bindGot(client, manager, whereOf(target)).client);
  },
};

const measuredHttps: MeasuredClient = {
  name: 'https',
  protocol: 'http',
  // Our client gives a promise of the answer, so the bare one is given the least that does so too.
  bare: (target) => {
    const agent = new Agent({ keepAlive: true, ...tlsOf(target) });
    const options = { agent, headers: headersOf(target) };
    const get = () =>
      new Promise<IncomingMessage>((resolve, reject) => {
        request(target.url + path, options, resolve)
          .once('error', reject)
          .end();
      });
    return async () => {
      const response = await get();
      expectSuccess(response.statusCode);
      await text(response);
    };
  },
  bound: (target, manager) => {
    const { client } = bindHttps(manager, whereOf(target));
    return async () => {
      const response = await client.get(target.url + path);
      expectSuccess(response.statusCode);
      await text(response);
    };
  },
};

/**
 * Without a limit undici opens a few connections more than it has requests, and then the sides differ by chance. For
 * exactly one it makes no pool at all, which is no way that programs use it.
 */
const poolOf = (concurrency: number): { readonly connections: number } => ({
  connections: Math.max(2, concurrency),
});

const undiciSend = (url: string, dispatcher: undici.Dispatcher, headers = {}): Send => {
  return async () => {
    const { statusCode, body } = await undici.request(url + path, { dispatcher, headers });
    expectSuccess(statusCode);
    await body.text();
  };
};

const measuredUndici: MeasuredClient = {
  name: 'undici',
  protocol: 'http',
  bare: (target, concurrency) =>
    undiciSend(
      target.url,
      new undici.Agent({ ...poolOf(concurrency), connect: tlsOf(target) }),
      headersOf(target),
    ),
  bound: (target, manager, concurrency) =>
    undiciSend(
      target.url,
      new CredentialDispatcher(manager, { ...whereOf(target), agent: poolOf(concurrency) }),
    ),
};

type Fetched = Pick<Response, 'status' | 'text'>;

const fetchSend = (get: () => Promise<Fetched>): Send => {
  return async () => {
    const response = await get();
    expectSuccess(response.status);
    await response.text();
  };
};

/** @param fetch Node's own, or that of undici */
const measuredFetch = (name: string, fetch: typeof undici.fetch): MeasuredClient => ({
  name,
  protocol: 'http',
  bare: (target, concurrency) => {
    const dispatcher = new undici.Agent({ ...poolOf(concurrency), connect: tlsOf(target) });
    const init = { dispatcher, headers: headersOf(target) };
    return fetchSend(() => fetch(target.url + path, init));
  },
  bound: (target, manager, concurrency) => {
    const options = { ...whereOf(target), agent: poolOf(concurrency) };
    const { client } = bindFetch(fetch, manager, options);
    return fetchSend(() => client(target.url + path));
  },
});

const grpcSend = (client: PingClient, metadata: Metadata): Send => {
  return () =>
    new Promise((resolve, reject) => {
      client.ping('ping', metadata, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
};

const measuredGrpc: MeasuredClient = {
  name: 'grpc-js',
  protocol: 'grpc',
  bare: (target) => {
    const { ca, cert, key } = tlsOf(target);
    const channel = credentials.createSsl(Buffer.from(ca), Buffer.from(key), Buffer.from(cert));
    const metadata = new Metadata();
    metadata.set('authorization', headersOf(target).authorization);
    return grpcSend(new PingClient(new URL(target.url).host, channel), metadata);
  },
  bound: (target, manager) => {
    const where = { target: new URL(target.url).host, tls: { ca: target.ca } };
    const { client } = bindGrpc(manager, where);
    const bound = new PingClient(client.target, client.credentials, client.options);
    return grpcSend(bound, new Metadata());
  },
};

/** The name of the one that is measured beside itself. */
export const controlName = 'axios, bare twice';

export const measuredClients: readonly MeasuredClient[] = [
  measuredAxios,
  measuredGot,
  measuredHttps,
  measuredUndici,
  measuredFetch('fetch', globalThis.fetch as unknown as typeof undici.fetch),
  measuredFetch('undici.fetch', undici.fetch),
  measuredGrpc,
  // What the method says of two sides that are the same: what a figure may be off by, for all that is known.
  {
    ...measuredAxios,
    name: controlName,
    bound: (target, _, concurrency) => measuredAxios.bare(target, concurrency),
  },
];
