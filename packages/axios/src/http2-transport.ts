import type {
  ClientHttp2Stream,
  IncomingHttpHeaders,
  OutgoingHttpHeaders,
  SecureClientSessionOptions,
} from 'node:http2';
import type { LookupFunction } from 'node:net';
import { onAbort } from '@keyturn/core/binding';
import {
  endedWithoutAnswer,
  endsWithItsHead,
  type Http2AgentPool,
  Http2Call,
  SecretHeader,
} from '@keyturn/https';
import { isSecretName } from './redact-sent-request.js';

/** What axios asks its transport with. */
interface TransportOptions {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: string | number | null;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly lookup?: LookupFunction;
}

/** A stream that has got an answer, as axios reads it. */
type Answered = (ClientHttp2Stream | Http2Call) & {
  headers?: IncomingHttpHeaders;
  statusCode?: number;
};

/**
 * One request of axios over HTTP/2, on a session of ours: those of axios all go over one session, however few streams its
 * server takes, and wait for ever for a connection that breaks before it is made.
 */
export class Http2Transport {
  readonly #pool: Http2AgentPool;
  readonly #options: SecureClientSessionOptions;
  #stream: Answered | undefined;

  /** @param options the `http2Options` of the request */
  constructor(pool: Http2AgentPool, options: SecureClientSessionOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  /** The stream of the request, once there is one. */
  get stream(): ClientHttp2Stream | Http2Call | undefined {
    return this.#stream;
  }

  /** Called by axios. */
  request(options: TransportOptions, onResponse: (response: Answered) => void): Answered {
    const stream: Answered = this.#open(options);
    this.#stream = stream;
    let isSettled = false;
    stream.once('response', (headers: IncomingHttpHeaders) => {
      isSettled = true;
      const { ':status': status, ...others } = headers;
      // As axios has it: the stream itself is the answer.
      stream.headers = others;
      stream.statusCode = Number(status);
      onResponse(stream);
    });
    stream.once('error', () => {
      isSettled = true;
    });
    stream.once('close', () => {
      // axios waits for one or the other.
      if (!isSettled) stream.emit('error', endedWithoutAnswer(stream));
    });
    return stream;
  }

  #open(options: TransportOptions): ClientHttp2Stream | Http2Call {
    const headers = headersOf(options);
    const endStream = endsWithItsHead(options.method);
    const leaving = new AbortController();
    const place = this.#pool.takePlace(
      authorityOf(options),
      this.#connectionOf(options),
      leaving.signal,
    );
    if (!(place instanceof Promise)) return place.open(headers, { endStream });
    return new Http2Call({
      endStream,
      open: async (_, signal) => {
        const stop = onAbort(signal, () => leaving.abort(signal.reason));
        try {
          return (await place).open(headers, { endStream });
        } finally {
          stop();
        }
      },
    });
  }

  #connectionOf({ lookup }: TransportOptions): SecureClientSessionOptions {
    // A pushed stream would belong to nobody.
    const settings = { enablePush: false, ...this.#options.settings };
    const resolving = lookup === undefined ? {} : { lookup };
    return { ...this.#options, ...resolving, settings };
  }
}

function authorityOf({ protocol, hostname, port }: TransportOptions): URL {
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  return new URL(`${protocol}//${host}${port ? `:${port}` : ''}`);
}

function headersOf({ protocol, method, path, headers }: TransportOptions): OutgoingHttpHeaders {
  const sent: Record<string, unknown> = {
    ':scheme': protocol.replace(':', ''),
    ':method': method,
    ':path': path,
  };
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(':')) sent[name] = isSecret(name, value) ? new SecretHeader(value) : value;
  }
  return sent as OutgoingHttpHeaders;
}

/** A stream keeps its headers, and its session leads to the heads of all requests that are under way. */
function isSecret(name: string, value: unknown): value is string {
  return typeof value === 'string' && isSecretName(name);
}
