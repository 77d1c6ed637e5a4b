import { setImmediate as turn } from 'node:timers/promises';
import { fetch as undiciFetch } from 'undici';
import { bindingScenes } from '../../../test/scenes/binding-scenes.js';
import type { SceneBody, SceneRequest, Subject } from '../../../test/scenes/subject.js';
import { bindFetch, type FetchLike } from './index.js';

interface FetchClient {
  readonly baseUrl: string | undefined;
  readonly maxSockets: number | undefined;
  readonly fetch: typeof globalThis.fetch;
}

function initOf({ headers = {}, body, signal, timeoutMs }: SceneRequest): RequestInit {
  const timeout = timeoutMs === undefined ? undefined : timeoutSignal(timeoutMs);
  const given = signal ?? timeout;
  return {
    ...(body !== undefined && { method: 'POST', ...bodyOf(body) }),
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

const subject = (name: string, fetch: FetchLike): Subject<FetchClient> => ({
  name,
  make: ({ baseUrl, maxSockets }) => ({
    baseUrl,
    maxSockets,
    fetch: fetch as typeof globalThis.fetch,
  }),
  bind: (bare, manager, options) => {
    const { baseUrl, maxSockets } = bare;
    const binding = bindFetch(bare.fetch, manager, {
      ...(baseUrl !== undefined && { origins: [baseUrl] }),
      // A thousand callers need no thousand connections.
      agent: { connections: maxSockets ?? 64 },
      ...options,
    });
    return { ...binding, client: { ...bare, fetch: binding.client } };
  },
  send: async (client, request) => {
    try {
      const response = await client.fetch(request.url, initOf(request));
      await response.text();
      // undici does not use a connection again before the next turn of the event loop.
      await turn();
      return { status: response.status, raw: response };
    } catch (error) {
      throw named(error);
    }
  },
});

bindingScenes(subject('the global fetch', globalThis.fetch));
bindingScenes(subject("undici's fetch", undiciFetch as unknown as FetchLike));
