import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { bindFetch, CredentialDispatcher } from '@keyturn/undici';
import * as undici from 'undici';
import { headersOf, type SecretClient, type Trial } from '../secret-client.js';
import type { Situation } from '../situations.js';

type Dispatcher = undici.Dispatcher;

const plays = ({ proxy }: Situation): boolean => proxy === undefined;

/** In milliseconds. An abort does not end what connects, and ten seconds are long where nobody answers. */
const connect = { timeout: 300 };

/** A dispatcher for what is bound to none, with few connections. */
function bareDispatcher({ ca, situation, defer }: Trial): Dispatcher {
  const made = new undici.Agent({
    allowH2: false,
    connect: { ...connect, ...(ca !== undefined && { ca }) },
    connections: 3,
    ...(situation.maxBytes !== undefined && { maxResponseSize: situation.maxBytes }),
  });
  defer(() => made.destroy());
  return made;
}

function dispatcherFor(trial: Trial): Dispatcher {
  const { manager, origin, ca, situation, defer } = trial;
  if (manager === undefined) return bareDispatcher(trial);
  const bound = new CredentialDispatcher(manager, {
    origins: [origin],
    ...(ca !== undefined && { tls: { ca } }),
    agent: {
      allowH2: false,
      connect,
      connections: 3,
      ...(situation.maxBytes !== undefined && { maxResponseSize: situation.maxBytes }),
    },
  });
  defer(() => bound.destroy().catch(() => {}));
  if (situation.life === 'unbound') bound.unbind();
  return bound;
}

const fetchClient = (name: string, fetch: typeof globalThis.fetch): SecretClient => ({
  name,
  binding: 'fetch',
  package: 'undici',
  schemes: ['https', 'http'],
  // A dispatcher of another version than its fetch cannot be told how much is too much.
  plays: (situation) => plays(situation) && situation.maxBytes === undefined,
  open: (trial) => {
    const { manager, origin, ca, situation } = trial;
    const send = manager === undefined ? fetch : boundFetch(trial, fetch);
    // Node's own fetch takes no dispatcher of another version, and so cannot be told whom to trust.
    const isOwn = fetch === globalThis.fetch && manager === undefined && ca !== undefined;
    if (isOwn && origin.startsWith('https:')) return async () => {};
    return async (url) => {
      const { body } = situation;
      const init = {
        headers: headersOf(trial),
        ...(body !== undefined && { method: 'POST', body }),
        ...(trial.signal && { signal: trial.signal }),
        ...(situation.timeoutMs && { signal: AbortSignal.timeout(situation.timeoutMs) }),
        ...(manager === undefined && !isOwn && fetch !== globalThis.fetch
          ? { dispatcher: bareDispatcher(trial) }
          : {}),
      };
      const pending = send(url, init as unknown as RequestInit);
      trial.show('the promise', pending);
      try {
        const answer = await pending;
        trial.show('the answer', answer);
        await answer.json();
        trial.show('the answer, once read', answer);
      } catch (error) {
        trial.show('the error', error);
      }
      trial.show('the client', send);
    };
  },
});

function boundFetch(trial: Trial, fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  const { manager, origin, ca, situation, defer } = trial;
  if (manager === undefined) return fetch;
  const tls = ca === undefined ? {} : { tls: { ca } };
  const binding = bindFetch(fetch, manager, { origins: [origin], ...tls });
  trial.show('the binding', binding);
  defer(() => binding.unbind());
  if (situation.life === 'unbound') binding.unbind();
  return binding.client;
}

type Send = (
  dispatcher: Dispatcher,
  url: string,
  options: undici.Dispatcher.RequestOptions,
  trial: Trial,
) => Promise<void>;

const dispatchClient = (name: string, send: Send): SecretClient => ({
  name,
  binding: 'undici',
  package: 'undici',
  schemes: ['https', 'http'],
  plays,
  open: (trial) => {
    const dispatcher = dispatcherFor(trial);
    return async (url) => {
      const { origin, pathname } = new URL(url);
      const { body, timeoutMs } = trial.situation;
      const options = {
        origin,
        path: pathname,
        method: (body === undefined ? 'GET' : 'POST') as 'GET',
        body: body ?? null,
        headers: headersOf(trial),
        ...(trial.signal && { signal: trial.signal }),
        ...(timeoutMs && { headersTimeout: timeoutMs, bodyTimeout: timeoutMs }),
      };
      try {
        await send(dispatcher, url, options, trial);
      } catch (error) {
        trial.show('the error', error);
      }
      trial.show('the options', options);
      trial.show('the dispatcher', dispatcher);
    };
  },
});

const request: Send = async (dispatcher, _url, options, trial) => {
  const answer = await dispatcher.request(options);
  trial.show('the answer', answer);
  await answer.body.json();
  trial.show('the answer, once read', answer);
};

const stream: Send = async (dispatcher, _url, options, trial) => {
  const answer = await dispatcher.stream({ ...options, opaque: trial }, (details) => {
    trial.show('the head', { ...details, opaque: undefined });
    return new PassThrough().resume();
  });
  trial.show('the answer', { ...answer, opaque: undefined });
};

const pipe: Send = async (dispatcher, _url, options, trial) => {
  const through = dispatcher.pipeline(options, ({ body, statusCode, headers }) => {
    trial.show('the head', { body, statusCode, headers });
    return body;
  });
  trial.show('the pipeline', through);
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
  await pipeline(Readable.from([Buffer.from(String(options.body ?? ''))]), through, sink).finally(
    () => trial.show('the pipeline, once over', through),
  );
};

/** As whoever writes an interceptor or a pool does. */
const dispatchByHand: Send = (dispatcher, _url, options, trial) =>
  new Promise((resolve, reject) => {
    const handler: undici.Dispatcher.DispatchHandler = {
      onRequestStart: (controller, context) => {
        const cancel = () => controller.abort(trial.signal?.reason);
        if (trial.signal?.aborted) cancel();
        else trial.signal?.addEventListener('abort', cancel);
        trial.show('the start', { controller, context });
      },
      onResponseStart: (controller, statusCode, headers) => {
        trial.show('the head', { controller, statusCode, headers });
      },
      onResponseData: () => {},
      onResponseEnd: (controller, trailers) => {
        trial.show('the end', { controller, trailers });
        resolve();
      },
      onResponseError: (controller, error) => {
        // It is ours, and has what undici promises of one.
        trial.show('the client, its controller', controller);
        reject(error);
      },
    };
    dispatcher.dispatch(options, handler);
    trial.show('the handler', handler);
  });

const throughModule: Send = (dispatcher, _url, options, trial) =>
  new Promise((resolve, reject) => {
    // Through request() of undici's module, for the way that options of the module take.
    const { origin, path, ...others } = options;
    const shown = undici.request(new URL(path, origin as string), {
      ...others,
      dispatcher,
    } as never);
    trial.show('the promise', shown);
    shown
      .then(async (answer) => {
        trial.show('the answer', answer);
        await answer.body.dump();
      })
      .then(resolve, reject);
  });

const interceptors = undici.interceptors as unknown as Record<string, (options?: object) => never>;

const redirecting: Send = async (dispatcher, url, options, trial) => {
  const composed = dispatcher.compose(
    interceptors['redirect']?.({ maxRedirections: 3 }) as never,
    interceptors['retry']?.({ maxRetries: 0 }) as never,
  );
  await request(composed, url, options, trial);
};

export const undiciClients: readonly SecretClient[] = [
  fetchClient('fetch of Node', globalThis.fetch),
  fetchClient('fetch of undici', undici.fetch as unknown as typeof globalThis.fetch),
  dispatchClient('undici, request', request),
  dispatchClient('undici, dispatch by hand', dispatchByHand),
  dispatchClient('undici, request of the module', throughModule),
  dispatchClient('undici, stream', stream),
  dispatchClient('undici, pipeline', pipe),
  dispatchClient('undici, with interceptors', redirecting),
];
