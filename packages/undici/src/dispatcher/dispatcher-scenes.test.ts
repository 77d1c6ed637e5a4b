import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { type SceneBody, testBinding } from '@keyturn/testkit';
import { cacheStores, type Dispatcher, FormData, interceptors, request } from 'undici';
import { it } from 'vitest';
import { CredentialDispatcher } from '../index.js';

function bodyOf({ kind, value }: SceneBody): {
  body: string | Buffer | Readable | FormData;
  type?: string;
} {
  switch (kind) {
    case 'json':
      return { body: JSON.stringify(value), type: 'application/json' };
    case 'params':
      return { body: String(value), type: 'application/x-www-form-urlencoded' };
    case 'form':
      return { body: formOf(value) };
    case 'stream':
      return { body: Readable.from(value) };
    default:
      return { body: value };
  }
}

function formOf(form: globalThis.FormData): FormData {
  const copy = new FormData();
  for (const [name, value] of form) copy.append(name, value);
  return copy;
}

/** undici's own timeouts begin when a request is on its way; for all of it, programs abort. */
function timeoutSignal(delayMs: number): AbortSignal {
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error(`timeout of ${delayMs}ms`)), delayMs);
  return abort.signal;
}

testBinding<Dispatcher>({
  test: it,
  name: 'CredentialDispatcher',
  bind: (manager, { url: _, maxSockets, ...options }) => {
    const agent = { connections: maxSockets };
    const dispatcher = new CredentialDispatcher(manager, { ...options, agent });
    return {
      client: dispatcher.compose(interceptors.redirect({ maxRedirections: 5 })),
      supports: { token: true, clientCertificate: true, replay: options.replay ?? true },
      unbind: () => dispatcher.unbind(),
    };
  },
  send: async (dispatcher, { url, method, headers, body, signal, timeoutMs }) => {
    const { body: data, type } = body === undefined ? { body: undefined } : bodyOf(body);
    const given = signal ?? (timeoutMs === undefined ? undefined : timeoutSignal(timeoutMs));
    const response = await request(url, {
      dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers: type === undefined ? headers : { 'content-type': type, ...headers },
      ...(data !== undefined && { body: data }),
      ...(given !== undefined && { signal: given }),
    });
    const text = await response.body.text();
    // undici does not use a connection again before the next turn of the event loop.
    await turn();
    return { status: response.statusCode, body: text, answer: { url, response } };
  },
  // Around the binding, which is the harder place: there the cache sees no Authorization.
  shareCache: () => {
    const cache = interceptors.cache({ store: new cacheStores.MemoryCacheStore() });
    return (manager, { url: _, maxSockets: __, ...options }) => {
      const dispatcher = new CredentialDispatcher(manager, options);
      return {
        client: dispatcher.compose(cache),
        supports: { token: true, clientCertificate: true, replay: true },
        unbind: () => dispatcher.unbind(),
      };
    };
  },
});
