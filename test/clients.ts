/** The three clients of Node's own TLS, each bound and reduced to "send a request, tell me the status". */

import { Agent } from 'node:https';
import { bindAxios } from '@keyturn/axios';
import type { CredentialManager } from '@keyturn/core';
import { bindGot } from '@keyturn/got';
import { bindHttps } from '@keyturn/https';
import type { TestApiServer } from '@keyturn/testkit';
import axios from 'axios';
import got from 'got';

export interface SendOptions {
  readonly signal?: AbortSignal;
}

export interface Sender {
  readonly send: (path: string, options?: SendOptions) => Promise<number>;
  readonly close: () => void;
}

export type Bind = (manager: CredentialManager, server: TestApiServer) => Sender;

// A thousand callers need no thousand connections, and no system keeps so many waiting for a server that is busy.
const limited = (): Agent => new Agent({ keepAlive: true, maxSockets: 64 });

const bindings: Readonly<Record<string, Bind>> = {
  axios: (manager, { url, ca }) => {
    const bare = axios.create({
      baseURL: url,
      validateStatus: () => true,
      proxy: false,
      httpsAgent: limited(),
    });
    const { client, unbind } = bindAxios(bare, manager, { tls: { ca } });
    return {
      send: async (path, { signal } = {}) =>
        (await client.get(path, signal === undefined ? {} : { signal })).status,
      close: unbind,
    };
  },
  got: (manager, { url, ca }) => {
    const bare = got.extend({
      prefixUrl: url,
      throwHttpErrors: false,
      retry: { limit: 0 },
      agent: { https: limited() },
    });
    const { client, unbind } = bindGot(bare, manager, { tls: { ca } });
    return {
      send: async (path, { signal } = {}) =>
        (await client.get(path.slice(1), signal === undefined ? {} : { signal })).statusCode,
      close: unbind,
    };
  },
  https: (manager, { url, ca }) => {
    const { client, unbind } = bindHttps(manager, {
      origins: [url],
      tls: { ca },
      agent: { keepAlive: true, maxSockets: 256 },
    });
    return {
      send: async (path, options = {}) => {
        const response = await client.get(url + path, options);
        for await (const _ of response);
        return response.statusCode ?? 0;
      },
      close: unbind,
    };
  },
};

export const clients: readonly { readonly name: string; readonly bind: Bind }[] = Object.entries(
  bindings,
).map(([name, bind]) => ({ name, bind }));
