/** Every client that follows redirects, bound to the scope of the chains. */
import { bindAxios } from '@keyturn/axios';
import type { CredentialManager } from '@keyturn/core';
import { bindGot } from '@keyturn/got';
import { bindHttps, CredentialAgent } from '@keyturn/https';
import { bindFetch, CredentialDispatcher } from '@keyturn/undici';
import axios, { type AxiosInstance } from 'axios';
import got, { type Got } from 'got';
import * as undici from 'undici';

export interface FollowOptions {
  readonly origins: readonly string[];
  readonly tls: { readonly ca: string };
}

export interface Follower {
  /** POST with a body, GET without. Resolves or rejects as the client does. */
  follow(url: string, body: string | undefined): Promise<unknown>;
  close(): unknown;
}

export interface RedirectClient {
  readonly name: string;
  bind(manager: CredentialManager, options: FollowOptions): Follower;
  /** Hands a redirect over instead of following it. */
  readonly followsNone?: true;
  /** By the fetch standard: takes the token away for another origin, where nobody can give it back. */
  readonly dropsToken?: true;
}

const methodFor = (body: string | undefined): 'GET' | 'POST' =>
  body === undefined ? 'GET' : 'POST';

function axiosFollower(client: AxiosInstance, close: () => unknown): Follower {
  return {
    follow: (url, data) => client({ url, data, method: methodFor(data), proxy: false }),
    close,
  };
}

function gotFollower(client: Got, close: () => unknown): Follower {
  return {
    follow: (url, body) => client(url, { method: methodFor(body), ...(body && { body }) }),
    close,
  };
}

type AnyFetch = (url: string, init: object) => Promise<{ text(): Promise<string> }>;

function fetchFollower(fetch: unknown, close: () => unknown, init: object = {}): Follower {
  return {
    follow: async (url, body) => {
      const answer = await (fetch as AnyFetch)(url, { ...init, method: methodFor(body), body });
      return answer.text();
    },
    close,
  };
}

const patientGot = (): Got => got.extend({ retry: { limit: 0 }, throwHttpErrors: false });

/** The ones whose copy of undici can be another. */
function undiciClients(module: typeof undici): readonly RedirectClient[] {
  const { redirect, retry } = module.interceptors;
  const composed = (
    name: string,
    ...interceptors: readonly undici.Dispatcher.DispatcherComposeInterceptor[]
  ): RedirectClient => ({
    name,
    bind: (manager, options) => {
      const dispatcher = new CredentialDispatcher(manager, options);
      const following = dispatcher.compose([...interceptors]);
      return {
        follow: async (url, body) => {
          const request = { method: methodFor(body), body: body ?? null, dispatcher: following };
          return (await module.request(url, request)).body.text();
        },
        close: () => dispatcher.destroy(),
      };
    },
  });
  return [
    {
      name: 'undici.fetch',
      bind: (manager, options) => {
        const { client, unbind } = bindFetch(module.fetch, manager, options);
        return fetchFollower(client, unbind);
      },
    },
    {
      name: '… + dispatcher',
      bind: (manager, options) => {
        const dispatcher = new CredentialDispatcher(manager, options);
        return fetchFollower(module.fetch, () => dispatcher.destroy(), { dispatcher });
      },
    },
    {
      name: 'fetch + global',
      bind: (manager, options) => {
        const before = module.getGlobalDispatcher();
        const dispatcher = new CredentialDispatcher(manager, options);
        module.setGlobalDispatcher(dispatcher);
        return fetchFollower(globalThis.fetch, () => {
          module.setGlobalDispatcher(before);
          return dispatcher.destroy();
        });
      },
    },
    composed('redirect', redirect({ maxRedirections: 5 })),
    composed('redirect(retry)', retry({ maxRetries: 1 }), redirect({ maxRedirections: 5 })),
    composed('retry(redirect)', redirect({ maxRedirections: 5 }), retry({ maxRetries: 1 })),
    {
      name: 'inside',
      followsNone: true,
      bind: (manager, { origins, tls }) => {
        const dispatcher = new CredentialDispatcher(manager, {
          origins,
          tls,
          makeInner: (connect) =>
            new module.Agent({ connect }).compose(redirect({ maxRedirections: 5 })),
        });
        return {
          follow: async (url, body) => {
            const request = { method: methodFor(body), body: body ?? null, dispatcher };
            return (await module.request(url, request)).body.text();
          },
          close: () => dispatcher.destroy(),
        };
      },
    },
  ];
}

export const redirectClients: readonly RedirectClient[] = [
  {
    name: 'axios',
    bind: (manager, options) => {
      const { client, unbind } = bindAxios(axios.create(), manager, options);
      return axiosFollower(client, unbind);
    },
  },
  {
    name: 'axios fetch',
    dropsToken: true,
    bind: (manager, options) => {
      const dispatcher = new undici.Agent({ connect: { ca: options.tls.ca } });
      const bare = axios.create({ adapter: 'fetch', fetchOptions: { dispatcher } as object });
      const { client, unbind } = bindAxios(bare, manager, options);
      return axiosFollower(client, async () => {
        unbind();
        await dispatcher.destroy();
      });
    },
  },
  {
    name: 'got',
    bind: (manager, options) => {
      const { client, unbind } = bindGot(patientGot(), manager, options);
      return gotFollower(client, unbind);
    },
  },
  {
    name: 'fetch',
    bind: (manager, options) => {
      const { client, unbind } = bindFetch(globalThis.fetch, manager, options);
      return fetchFollower(client, unbind);
    },
  },
  ...undiciClients(undici),
  {
    name: 'agent + axios',
    bind: (manager, options) => {
      const agent = new CredentialAgent(manager, options);
      return axiosFollower(axios.create({ httpsAgent: agent }), () => agent.destroy());
    },
  },
  {
    name: 'agent + got',
    bind: (manager, options) => {
      const agent = new CredentialAgent(manager, options);
      const client = patientGot().extend({ agent: { https: agent } });
      return gotFollower(client, () => agent.destroy());
    },
  },
  {
    name: 'https',
    followsNone: true,
    bind: (manager, options) => {
      const { client, unbind } = bindHttps(manager, options);
      return {
        follow: async (url, body) =>
          (await client.request(url, { method: methodFor(body), body })).resume(),
        close: unbind,
      };
    },
  },
];
