import { setImmediate as turn } from 'node:timers/promises';
import {
  type BindingUnderTest,
  type SceneBody,
  type SceneRequest,
  testBinding,
} from '@keyturn/testkit';
import { cacheStores, interceptors, fetch as undiciFetch } from 'undici';
import { it } from 'vitest';
import { bindFetch, type FetchLike } from '../index.js';

function initOf({ method, headers, body, signal, timeoutMs }: SceneRequest): RequestInit {
  const timeout = timeoutMs === undefined ? undefined : timeoutSignal(timeoutMs);
  const given = signal ?? timeout;
  return {
    method,
    ...(body !== undefined && bodyOf(body)),
    headers: {
      ...(body?.kind === 'json' && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(given !== undefined && { signal: given }),
  };
}

function bodyOf({ kind, value }: SceneBody): RequestInit {
  if (kind === 'stream') return { body: value as never, duplex: 'half' };
  return {
    body: kind === 'json' ? JSON.stringify(value) : (value as NonNullable<RequestInit['body']>),
  };
}

/** fetch has no timeout of its own; programs abort. */
function timeoutSignal(delayMs: number): AbortSignal {
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error(`timeout of ${delayMs}ms`)), delayMs);
  return abort.signal;
}

/** fetch fails with one sentence for everything; why, says the cause. */
function named(error: unknown): unknown {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return cause?.code === undefined ? error : Object.assign(error as Error, { code: cause.code });
}

const adapter = (name: string, fetch: FetchLike): BindingUnderTest<FetchLike> => ({
  name,
  // A cache among its interceptors stands below it.
  lacks: ['cachesFirst'],
  bind: (manager, { url: _, maxSockets, ...options }) =>
    bindFetch(fetch, manager, { ...options, agent: { connections: maxSockets } }),
  send: async (client, request) => {
    try {
      const response = await (client as typeof globalThis.fetch)(request.url, initOf(request));
      const body = await response.text();
      // undici does not use a connection again before the next turn of the event loop.
      await turn();
      return { status: response.status, body, answer: response };
    } catch (error) {
      throw named(error);
    }
  },
  shareCache: () => {
    const cached = [interceptors.cache({ store: new cacheStores.MemoryCacheStore() })];
    return (manager, { url: _, maxSockets: __, ...options }) =>
      bindFetch(fetch, manager, { ...options, interceptors: cached });
  },
});

testBinding({ test: it, ...adapter('the global fetch', globalThis.fetch) });
testBinding({ test: it, ...adapter("undici's fetch", undiciFetch as unknown as FetchLike) });
