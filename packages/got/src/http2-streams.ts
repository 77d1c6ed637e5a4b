import type {
  ClientHttp2Stream,
  ClientSessionRequestOptions,
  OutgoingHttpHeaders,
  SecureClientSessionOptions,
} from 'node:http2';
import {
  type Credential,
  type CredentialManager,
  GenerationSlot,
  type OriginScope,
  type SlotLease,
  waitFor,
} from '@keyturn/core/binding';
import { type CredentialAgent, Http2SessionPool, http2ConnectorOf } from '@keyturn/https';
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
}

/** Asks for what is there, however old it is: a request with an Authorization of its own waits for no credential. */
const anyCredential: Credential = { generation: 0, certificateGeneration: 0 };

/**
 * The HTTP/2 sessions of a binding to got 16, which keeps sessions of its own for those who bring no `agent.https`, and
 * takes one with a request from those who do: from us something that opens each stream on the session of the moment.
 */
export class Http2Streams {
  readonly #parts: Http2StreamsParts;
  readonly #slot: GenerationSlot<Http2SessionPool>;
  /** For requests that leave the scope, or say that nobody is asking. */
  readonly #anonymous: Http2SessionPool;

  constructor(parts: Http2StreamsParts) {
    const { manager, agents, drainTimeoutMs } = parts;
    this.#parts = parts;
    this.#anonymous = new Http2SessionPool(agents.nobody);
    this.#slot = new GenerationSlot(manager, {
      create: () => new Http2SessionPool(agents.credential),
      close: (pool) => pool.closeIdle(),
      cut: (pool) => pool.cut(),
      drainTimeoutMs,
    });
  }

  /** Closes idle sessions, busy ones after their last stream. What comes later has new ones, as the agents then are. */
  close(): void {
    this.#slot.close();
    this.#anonymous.closeIdle();
  }

  /** Tells whether the request that `options` describe connects as one of ours. */
  connects({ agent, url }: GotOptions): boolean {
    const { credential, nobody } = this.#parts.agents;
    const isOurs = agent.https === credential || agent.https === nobody;
    return isOurs && url !== undefined && new URL(url).protocol === 'https:';
  }

  /** Returns `request` for the options given, over HTTP/2 where the server speaks it. */
  requestThrough(request: RequestFunction, options: GotOptions): RequestFunction {
    // A cache gives everything in the first place.
    return async (input, more) =>
      input instanceof URL
        ? request(input, await this.#through(more as NativeOptions, options))
        : request(await this.#through(input, options), more);
  }

  async #through(native: NativeOptions, options: GotOptions): Promise<NativeOptions> {
    const agent = options.agent.https as CredentialAgent;
    const overHttp1 = { ...native, agent: { https: agent } };
    // A socket path leads past host and port, to whoever listens there.
    if (native.socketPath !== undefined) return overHttp1;
    const authority = new URL(options.url as string | URL);
    const destination = { agent, authority, connection: connectionOptionsOf(native) };
    const offered = native.ALPNProtocols ?? ['h2', 'http/1.1'];
    const speaksHttp2 = await untilCallerLeaves(
      options,
      (signal) => this.#prepare(destination, offered, signal),
      connectionPhases,
    );
    if (!speaksHttp2) return overHttp1;
    const h2session = {
      request: (headers: OutgoingHttpHeaders, more: ClientSessionRequestOptions) =>
        this.#open(destination, headers, more),
    };
    return { ...native, agent: undefined, h2session };
  }

  /** Resolves with whether the server speaks HTTP/2, once there is a session with it. */
  async #prepare(
    destination: Destination,
    offered: string[],
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { protocols } = this.#parts;
    const { agent, authority, connection } = destination;
    const asked = { ...connection, ALPNProtocols: offered };
    const protocol = await protocols.of(http2ConnectorOf(agent), authority, asked, signal);
    if (protocol !== 'h2') return false;
    try {
      await this.#connected(destination, signal);
      return true;
    } catch (error) {
      protocols.forget(authority, asked);
      throw error;
    }
  }

  async #connected(destination: Destination, signal: AbortSignal | undefined): Promise<void> {
    const pool = this.#poolFor(destination);
    try {
      const session = pool.resource.wait(destination.authority, destination.connection);
      await waitFor(session.resource, signal).finally(session.release);
    } finally {
      pool.release();
    }
  }

  /** Opens a stream when the request is sent: the session that was ready may have been replaced since. */
  #open(
    destination: Destination,
    headers: OutgoingHttpHeaders,
    more: ClientSessionRequestOptions,
  ): ClientHttp2Stream {
    const { authority, connection } = destination;
    const pool = this.#poolFor(destination);
    try {
      const stream = pool.resource.request(authority, connection, headers, more);
      stream.once('close', pool.release);
      return stream;
    } catch (error) {
      pool.release();
      throw error;
    }
  }

  #poolFor({ agent, authority }: Destination): SlotLease<Http2SessionPool> {
    const { manager, scope, agents } = this.#parts;
    if (agent === agents.nobody || !scope.includes(authority)) {
      return { resource: this.#anonymous, release: () => {} };
    }
    return this.#slot.acquire(manager.peek() ?? anyCredential);
  }
}

/** Where a request goes, and how. */
interface Destination {
  readonly agent: CredentialAgent;
  readonly authority: URL;
  readonly connection: SecureClientSessionOptions;
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
