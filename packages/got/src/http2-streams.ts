import { EventEmitter } from 'node:events';
import type {
  ClientHttp2Stream,
  ClientSessionRequestOptions,
  OutgoingHttpHeaders,
  SecureClientSessionOptions,
} from 'node:http2';
import { type CredentialManager, isRepeatable, type OriginScope } from '@keyturn/core/binding';
import {
  type CredentialAgent,
  endsWithItsHead,
  fateOf,
  Http2AgentPool,
  Http2Call,
  type Http2Connector,
  type Http2Place,
  Http2SessionPool,
  http2ConnectorOf,
} from '@keyturn/https';
import { connectionPhases, untilCallerLeaves } from './caller-abort.js';
import type { GotOptions, NativeOptions, RequestFunction } from './got-shape.js';
import type { Http2Protocols } from './http2-protocols.js';

export interface BoundAgents {
  readonly credential: CredentialAgent;
  /** For requests which say that nobody is asking. */
  readonly nobody: CredentialAgent;
}

export interface Http2StreamsParts {
  readonly manager: CredentialManager;
  readonly scope: OriginScope;
  readonly agents: BoundAgents;
  readonly protocols: Http2Protocols;
  readonly drainTimeoutMs: number | undefined;
  /** Returns `headers` with the newest credential, for a request that is sent again. */
  readonly renew: (
    options: GotOptions,
    headers: OutgoingHttpHeaders,
    signal: AbortSignal,
  ) => Promise<OutgoingHttpHeaders>;
}

interface ConnectedPool {
  readonly connect: Http2Connector;
  readonly pool: Http2SessionPool;
}

/**
 * The HTTP/2 sessions of a binding to got. got 16 has sessions of its own for those who bring no `agent.https`, got 14 and
 * 15 those of http2-wrapper; all take one with a request: from us something that opens each stream on the session of the
 * moment, and once more where the server has not processed it.
 */
export class Http2Streams {
  readonly #parts: Http2StreamsParts;
  readonly #ours: Http2AgentPool;
  /** For requests that leave the scope, or say that nobody is asking, and for agents of the caller's own. */
  readonly #others = new Map<CredentialAgent, ConnectedPool>();

  constructor(parts: Http2StreamsParts) {
    const { credential } = parts.agents;
    this.#parts = parts;
    this.#ours = new Http2AgentPool({ ...parts, agent: credential });
  }

  /** Closes idle sessions, busy ones after their last stream. What comes later has new ones, as the agents then are. */
  close(): void {
    this.#ours.close();
    for (const { pool } of this.#others.values()) pool.close();
    this.#others.clear();
  }

  /** Returns `request` for the options given, over HTTP/2 where the server speaks it. */
  requestThrough(request: RequestFunction, options: GotOptions): RequestFunction {
    return async (input, more) => {
      // A cache gives everything in the first place.
      const isSplit = input instanceof URL;
      const native = isSplit ? (more as NativeOptions) : input;
      const destination = await this.#prepare(native, options);
      const theirs = destination
        ? this.#overHttp2(native, options, destination)
        : overHttp1(native, options);
      try {
        const made = await (isSplit ? request(input, theirs) : request(theirs, more));
        // One that ends before it begins has no use for the room that was kept for it.
        if (destination && made instanceof EventEmitter) {
          made.once('close', () => destination.place.release());
        }
        return made;
      } catch (error) {
        destination?.place.release();
        throw error;
      }
    };
  }

  /** Resolves with room on a session when the server speaks HTTP/2, with undefined where it does not. */
  async #prepare(native: NativeOptions, options: GotOptions): Promise<Destination | undefined> {
    // A socket path leads past host and port, to whoever listens there.
    if (native.socketPath !== undefined) return undefined;
    const destination = {
      agent: options.agent.https as CredentialAgent,
      authority: new URL(options.url as string | URL),
      connection: connectionOptionsOf(native),
    };
    const offered = native.ALPNProtocols ?? ['h2', 'http/1.1'];
    const place = await untilCallerLeaves(
      options,
      (signal) => this.#connect(destination, offered, signal),
      connectionPhases,
    );
    if (place === undefined) return undefined;
    return { ...destination, place, certificateGeneration: this.#certificateGeneration() };
  }

  async #connect(
    { agent, authority, connection }: Route,
    offered: string[],
    signal: AbortSignal | undefined,
  ): Promise<Http2Place | undefined> {
    const { protocols } = this.#parts;
    const asked = { ...connection, ALPNProtocols: offered };
    const protocol = await protocols.of(agent, authority, asked, signal);
    if (protocol !== 'h2') return undefined;
    try {
      return await this.#takePlace({ agent, authority, connection }, signal);
    } catch (error) {
      protocols.forget(authority, asked);
      throw error;
    }
  }

  #overHttp2(native: NativeOptions, options: GotOptions, destination: Destination): NativeOptions {
    const h2session = {
      destroyed: false,
      socket: { encrypted: true },
      request: (headers: OutgoingHttpHeaders, more?: ClientSessionRequestOptions) =>
        this.#call(options, destination, correctAuthority(headers, native, destination), more),
    };
    const resolveProtocol = async () => ({ alpnProtocol: 'h2' });
    return { ...native, agent: undefined, h2session, resolveProtocol };
  }

  #call(
    options: GotOptions,
    destination: Destination,
    headers: OutgoingHttpHeaders,
    more: ClientSessionRequestOptions = {},
  ): Http2Call {
    const { renew } = this.#parts;
    const method = String(headers[':method'] ?? 'GET');
    const endStream = more.endStream ?? endsWithItsHead(method);
    const streamOptions = { ...more, endStream };
    // Of the latest opening: the next one replaces what that carried.
    let sent = headers;
    const renewed = async (signal: AbortSignal): Promise<OutgoingHttpHeaders> => {
      sent = await renew(options, sent, signal);
      return sent;
    };
    return new Http2Call({
      endStream,
      open: (resends, signal) => {
        if (resends === 0 && destination.certificateGeneration === this.#certificateGeneration()) {
          return destination.place.open(headers, streamOptions);
        }
        destination.place.release();
        const next = resends === 0 ? sent : renewed(signal);
        return this.#openAnew(destination, next, streamOptions, signal);
      },
      mayResend: (error, resends, stream) => {
        const fate = fateOf(stream, error);
        if (fate !== 'lost') return fate === 'unprocessed';
        return resends === 0 && isRepeatable(method, headers);
      },
    });
  }

  async #openAnew(
    route: Route,
    headers: OutgoingHttpHeaders | Promise<OutgoingHttpHeaders>,
    options: ClientSessionRequestOptions,
    signal: AbortSignal,
  ): Promise<ClientHttp2Stream> {
    const sent = await headers;
    const place = await this.#takePlace(route, signal);
    return place.open(sent, options);
  }

  #certificateGeneration(): number | undefined {
    return this.#parts.manager.peek()?.certificateGeneration;
  }

  #takePlace(
    { agent, authority, connection }: Route,
    signal: AbortSignal | undefined,
  ): Http2Place | Promise<Http2Place> {
    const { agents } = this.#parts;
    if (agent === agents.credential) return this.#ours.takePlace(authority, connection, signal);
    return this.#poolOf(agent).takePlace(authority, connection, signal);
  }

  /** Such an agent has a pool until its certificate, or whom it trusts, rotates. */
  #poolOf(agent: CredentialAgent): Http2SessionPool {
    const connect = http2ConnectorOf(agent);
    const known = this.#others.get(agent);
    if (known?.connect === connect) return known.pool;
    known?.pool.close();
    const pool = new Http2SessionPool(agent);
    this.#others.set(agent, { connect, pool });
    return pool;
  }
}

/** Without HTTP/2 the agent does what there is to do. */
function overHttp1(native: NativeOptions, { agent }: GotOptions): NativeOptions {
  const resolveProtocol = async () => ({ alpnProtocol: 'http/1.1' });
  return { ...native, agent: { https: agent.https }, resolveProtocol };
}

/** http2-wrapper takes the name for TLS for that of the server, where there is one. */
function correctAuthority(
  headers: OutgoingHttpHeaders,
  { servername }: NativeOptions,
  { authority }: Route,
): OutgoingHttpHeaders {
  if (!servername) return headers;
  const mistaken = new URL(`https://${servername}:${authority.port || 443}`).host;
  return headers[':authority'] === mistaken
    ? { ...headers, ':authority': authority.host }
    : headers;
}

/** Where a request goes, and how. */
interface Route {
  readonly agent: CredentialAgent;
  readonly authority: URL;
  readonly connection: SecureClientSessionOptions;
}

/** The same, with room for it. */
interface Destination extends Route {
  readonly place: Http2Place;
  /** When the room was taken: the certificate may have rotated before the request is sent. */
  readonly certificateGeneration: number | undefined;
}

// As got has them for its own sessions. The window is in bytes; a pushed stream would belong to nobody.
const settings = { enablePush: false, initialWindowSize: 32 * 1024 * 1024 };

/** What concerns the connection; all else of a request must not be remembered with it. */
const connectionOptionNames = [
  'ca',
  'cert',
  'checkServerIdentity',
  'ciphers',
  'crl',
  'dhparam',
  'ecdhCurve',
  'family',
  'honorCipherOrder',
  'key',
  'localAddress',
  'lookup',
  'maxVersion',
  'minVersion',
  'passphrase',
  'pfx',
  'rejectUnauthorized',
  'secureOptions',
  'servername',
  'sessionTimeout',
  'sigalgs',
] as const;

function connectionOptionsOf(native: NativeOptions): SecureClientSessionOptions {
  const given: Readonly<Record<string, unknown>> = { ...native };
  // One that is undefined would hide a default.
  const entries = connectionOptionNames
    .map((name) => [name, given[name]])
    .filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(entries), settings };
}
