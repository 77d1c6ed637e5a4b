import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { type Dispatcher, FormData, interceptors, request } from 'undici';
import { bindingScenes } from '../../../test/scenes/binding-scenes.js';
import type { ClientSettings, SceneBody, Subject } from '../../../test/scenes/subject.js';
import { CredentialDispatcher } from './index.js';

/** A program that sends through a dispatcher and follows redirects. */
class Caller {
  readonly settings: ClientSettings;
  readonly dispatcher: Dispatcher | undefined;

  constructor(settings: ClientSettings, dispatcher?: CredentialDispatcher) {
    this.settings = settings;
    this.dispatcher = dispatcher?.compose(interceptors.redirect({ maxRedirections: 5 }));
  }
}

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

const subject: Subject<Caller> = {
  name: 'CredentialDispatcher',
  make: (settings) => new Caller(settings),
  bind: ({ settings }, manager, options) => {
    const { baseUrl, maxSockets = 64 } = settings;
    const dispatcher = new CredentialDispatcher(manager, {
      ...(baseUrl !== undefined && { origins: [baseUrl] }),
      agent: { connections: maxSockets },
      ...options,
    });
    return {
      client: new Caller(settings, dispatcher),
      supports: { token: true, clientCertificate: true, replay: options.replay ?? true },
      unbind: () => dispatcher.unbind(),
    };
  },
  send: async ({ dispatcher }, { url, headers = {}, body, signal, timeoutMs }) => {
    const { body: data, type } = body === undefined ? { body: undefined } : bodyOf(body);
    const given = signal ?? (timeoutMs === undefined ? undefined : timeoutSignal(timeoutMs));
    const response = await request(url, {
      ...(dispatcher !== undefined && { dispatcher }),
      method: data === undefined ? 'GET' : 'POST',
      headers: { ...(type !== undefined && { 'content-type': type }), ...headers },
      ...(data !== undefined && { body: data }),
      ...(given !== undefined && { signal: given }),
    });
    await response.body.text();
    // undici does not use a connection again before the next turn of the event loop.
    await turn();
    return { status: response.statusCode, raw: { url, response } };
  },
};

bindingScenes(subject);
