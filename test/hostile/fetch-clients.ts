import type { Binding, CredentialManager } from '@keyturn/core';
import { bindFetch } from '@keyturn/undici';
import * as undici from 'undici';
import { bodyChanges } from './body-changes.js';
import {
  type Change,
  changeable,
  evilBody,
  type HostileClient,
  judged,
  type Places,
} from './hostile-client.js';

type Fetch = typeof globalThis.fetch;

const { method, path, body } = judged;

/** A row of clients: each has a `fetch` of its own. */
function fetchClient(name: string, fetch: Fetch): HostileClient {
  const bind = (manager: CredentialManager, { good, ca }: Places): Binding<Fetch> =>
    bindFetch(fetch, manager, { origins: [good], tls: { ca } });

  function change(
    what: string,
    make: (places: Places) => { input: unknown; init: RequestInit },
    alter: (call: { input: unknown; init: RequestInit }, places: Places) => unknown,
  ): Change {
    return {
      what,
      call: (manager, places) =>
        changeable(bind(manager, places), (client) => {
          const call = make(places);
          const answer = send(client, call.input, call.init);
          return { answer, change: () => void alter(call, places) };
        }),
    };
  }

  return {
    name,
    replays: true,
    bind: (manager, places) => {
      const { client, unbind } = bind(manager, places);
      return { send: () => send(client, places.good + path, init()), close: unbind };
    },
    bare: (token, { good, ca }) => {
      const dispatcher = new undici.Agent({ connect: { ca } });
      const headers = { ...judged.headers, authorization: `Bearer ${token}` };
      return {
        send: () => send(fetch, good + path, { ...init(), headers, dispatcher } as object),
        close: () => void dispatcher.destroy(),
      };
    },
    changes: [
      change(
        'init object',
        ({ good }) => ({ input: good + path, init: init() }),
        (call) =>
          Object.assign(call.init, {
            ...{ method: 'PUT', body: evilBody, headers: { authorization: 'evil' } },
            dispatcher: {},
          }),
      ),
      change(
        'headers object',
        ({ good }) => ({ input: good + path, init: init() }),
        (call) => Object.assign(call.init.headers as object, { authorization: 'evil' }),
      ),
      change(
        'Headers',
        ({ good }) => ({
          input: good + path,
          init: { ...init(), headers: new Headers(judged.headers) },
        }),
        (call) => (call.init.headers as Headers).set('authorization', 'evil'),
      ),
      change(
        'URL object',
        ({ good }) => ({ input: new URL(path, good), init: init() }),
        ({ input }, { evil }) => Object.assign(input as URL, { host: new URL(evil).host }),
      ),
      change(
        'what looks like a Request',
        ({ good }) => ({ input: { url: good + path, ...init() }, init: {} }),
        ({ input }, { evil }) =>
          Object.assign(input as object, { url: evil, toString: () => evil, method: 'PUT' }),
      ),
      change(
        'what answers otherwise each time',
        ({ good, evil }) => {
          let asked = 0;
          const next = (): string => (asked++ === 0 ? good + path : evil);
          return { input: { href: good, toString: next }, init: init() };
        },
        () => {},
      ),
      ...bodyChanges(
        (given) => (manager, places) =>
          changeable(bind(manager, places), (client) => ({
            answer: send(client, places.good + path, { ...init(), body: given as never }),
            change: () => {},
          })),
      ).filter(({ what }) => what !== 'FormData' || fetch !== (undici.fetch as unknown)),
    ],
  };
}

function init(): RequestInit {
  return { method, headers: { ...judged.headers }, body };
}

async function send(fetch: Fetch, input: unknown, options: RequestInit): Promise<unknown> {
  const response = await fetch(input as string, options);
  await response.text();
  if (response.status !== 200) throw new Error(`The answer has status ${response.status}.`);
  return response.status;
}

export const fetchClients: readonly HostileClient[] = [
  fetchClient('fetch', globalThis.fetch),
  fetchClient("undici's fetch", undici.fetch as unknown as Fetch),
  fetchClient('a fetch around fetch', (input, options) => globalThis.fetch(input, options)),
];
