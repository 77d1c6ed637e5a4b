import type { ClientRequest } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type BindOptions,
  booleanOption,
  type ConnectionTrust,
  type Credential,
  CredentialError,
  type CredentialManager,
  checkBindOptions,
  checkManager,
  connectionTrust,
  type OptionUse,
  originScope,
  type TlsOptions,
  type Trust,
  type WaitOptions,
} from '@keyturn/core/binding';
import { noCallback } from '../tunnel/proxy-failure.js';
import { type ProxyTunnels, tunnelsFor } from '../tunnel/proxy-tunnels.js';
import { targetOf } from '../tunnel/tunnel-target.js';
import { type AgentScope, agentScope } from './agent-scope.js';
import { addHeadersOf, goesAsCaller } from './carried-headers.js';
import { ClientIdentity } from './client-identity.js';
import { type ConnectionCounts, ConnectionDrain } from './connection-drain.js';
import { ConnectionTls } from './connection-tls.js';
import { hasAuthorization } from './given-headers.js';
import { type Http2Connector, http2ConnectionOptions } from './http2-connector.js';
import { failRequest, NodeAgent } from './node-agent.js';
import { guardOptions, noteContext } from './past-the-agent.js';
import { PendingRequest } from './pending-request.js';
import { RecordedBody } from './recorded-body.js';
import { bearerBefore, noteBearer, watchRedirects } from './redirect-trail.js';
import { watchForRefusal } from './refusal-watch.js';
import { replayRefusal } from './replayed-request.js';
import { renderedHead } from './request-head.js';
import { sealSecretHeaders } from './sealed-headers.js';
import { type TakeRequest, takeRequestInTheMaking } from './stand-in.js';
import { identityIn, isTagged, nameOnce, proceedIn, tag, tagProceed } from './tagged-options.js';
import { connectInSteps, type OnCreate, type OpenConnection } from './verified-connection.js';

export interface CredentialAgentOptions extends BindOptions {
  /**
   * Send a refused request once more, whatever client has made it: with an empty body, or one of up to 4 MiB that the client has written
   * whole when it made the request. Default false here: the next request is right, and the client sees the refusal.
   */
  readonly replay?: boolean | undefined;
  /** Put the headers of the credential on requests in scope that have none of these. Default true. */
  readonly header?: boolean | undefined;
  /** For Node's own agent. `keepAlive` is true by default here. */
  readonly agent?: https.AgentOptions | undefined;
}

/**
 * Makes a request that goes with `credential` whatever the manager holds by then, and whose refusal the caller reports.
 * Within the scope of the agent only. Not exported from the package.
 * @param options with `agent` in them
 */
export let requestWith: (
  agent: CredentialAgent,
  credential: Credential,
  options: https.RequestOptions,
) => ClientRequest;

/** Returns what verifies the servers of `agent`, where that rotates. */
export function trustOf(agent: CredentialAgent): ConnectionTrust | undefined {
  return (agent as unknown as { readonly [trustKey]?: ConnectionTrust })[trustKey];
}

const trustKey = Symbol.for('@keyturn/https/trust');

/** Leaves the refusals of all requests of `agent` to who has made it. Not exported from the package. */
export let leaveRefusals: (agent: CredentialAgent) => void;

/**
 * Returns what opens the connections of HTTP/2 sessions under the current identity of `agent`, for clients that keep
 * sessions themselves: the same function until the certificate rotates, so that a pool which compares it keeps sessions
 * of different certificates apart. A connection out of scope presents nothing.
 */
export function http2ConnectorOf(agent: CredentialAgent): Http2Connector {
  return (agent as unknown as { readonly [connectorKey]: Http2Connector })[connectorKey];
}

/**
 * Returns a promise of the tunnel that a connection to `authority` has to run in, for whoever has `http2ConnectorOf` open it: as its option
 * `socket`. Undefined where there is no proxy.
 */
export function tunnelOf(
  agent: CredentialAgent,
  authority: URL,
  signal: AbortSignal,
): Promise<Socket> | undefined {
  return (agent as unknown as { readonly [tunnelKey]?: OpenTunnel })[tunnelKey]?.(
    authority,
    signal,
  );
}

type OpenTunnel = (authority: URL, signal: AbortSignal) => Promise<Socket> | undefined;

// Registered, so that an agent of a second copy of this package answers, too.
const tunnelKey = Symbol.for('@keyturn/https/tunnel');
const connectorKey = Symbol.for('@keyturn/https/http2Connector');

/** Tells whether `value` is a CredentialAgent, also one of another copy of this package. */
export function isCredentialAgent(value: unknown): value is CredentialAgent {
  return typeof value === 'object' && value !== null && connectorKey in value;
}

/** Node finds the TLS session of a connection by this name, and files the next one under it. */
const withoutSession = { _agentKey: undefined };

const optionUse: OptionUse<CredentialAgentOptions> = {
  origins: 'taken',
  tls: 'taken',
  replay: 'taken',
  allowInsecure: 'taken',
  drainTimeoutMs: 'taken',
  proxy: 'taken',
  refusedStatuses: 'taken',
  header: 'taken',
  agent: 'taken',
};

/**
 * An agent for node:https that presents a rotating credential to its origins, and to nobody else: the client
 * certificate on the connection, the token on each request that has no Authorization of its own, and so each other header.
 *
 * A redirect keeps the credential between two origins in scope. A chain that began elsewhere, or has been elsewhere, stays
 * without it to its end; that holds for everyone who makes the next request when the answer arrives, as follow-redirects,
 * ws and node-fetch do.
 *
 * Requests wait for the first credential where none is held; `await agent.ready()` at start-up avoids it. An
 * Authorization of the caller's own wins and starts no load; where the source is known to give client certificates, such
 * a request still goes out under the current one, for that is how the server knows the connection.
 *
 * When the certificate rotates, new requests get new connections, idle old ones close and busy ones end with their
 * request. An upgraded socket (a WebSocket) belongs to its owner and stays; listen to `rotated` on the manager to
 * reconnect.
 */
export class CredentialAgent extends NodeAgent {
  readonly #manager: CredentialManager;
  readonly #scope: AgentScope;
  readonly #header: boolean;
  readonly #refusedStatuses: readonly number[];
  /** What is kept of the requests that can be sent once more; undefined where none is. */
  readonly #bodies: WeakMap<ClientRequest, RecordedBody> | undefined;
  /** Whether the refusals of requests are reported here. */
  #watches = true;
  readonly #drainTimeoutMs: number | undefined;
  readonly #tls: ConnectionTls;
  readonly #tlsOptions: TlsOptions | undefined;
  readonly #trust: ConnectionTrust | undefined;
  /** The way through the proxy of every connection. */
  readonly #tunnels: ProxyTunnels | undefined;
  readonly #drain: ConnectionDrain;
  readonly #pending = new Set<PendingRequest>();
  readonly #unsubscribe: () => void;
  /** The manager has closed: nothing is kept for a request to come. */
  #isOver = false;
  /** Of the newest certificate generation seen so far. */
  #identity: ClientIdentity | undefined;
  /** Of requests that present nothing, where the trust rotates. */
  #nobody: ClientIdentity | undefined;
  /** What the request that is being made right now was given to go with. */
  #given: Credential | undefined;
  /** The connector for HTTP/2 and the identity that it presents. */
  #http2:
    | { readonly identity: ClientIdentity | undefined; readonly connect: Http2Connector }
    | undefined;
  /** Agents that make their connections through this one, each with the identity of its latest request. */
  readonly #standIns = new WeakMap<object, ClientIdentity | undefined>();
  /** Node itself is asking for a connection. */
  #isConnecting = false;
  /** For this request, which waits for nothing else. */
  #connectsFor: ClientRequest | undefined;
  /** The credential had headers beside its token, the last time. */
  #givesHeaders = false;
  #isBound = true;

  /**
   * @throws {TypeError} naming the option that is unknown or has a nonsensical value.
   * @throws {CredentialError} ERR_ORIGIN_UNKNOWN without `origins`; ERR_ORIGIN_INSECURE.
   */
  constructor(manager: CredentialManager, options: CredentialAgentOptions) {
    checkManager('CredentialAgent', manager);
    const given = withoutReplay(options);
    const checked = checkBindOptions('CredentialAgent', given, optionUse);
    const scope = originScope(checked);
    super({ keepAlive: true, ...agentOptionsOf(checked) });
    guardOptions(this.options);
    this.#manager = manager;
    this.#scope = agentScope(scope);
    this.#header = booleanOption('header', checked.header, true);
    this.#refusedStatuses = checked.refusedStatuses;
    this.#bodies = checked.replay ? new WeakMap() : undefined;
    this.#drainTimeoutMs = checked.drainTimeoutMs;
    this.#tls = new ConnectionTls(checked.tls, this.#scope);
    this.#tlsOptions = checked.tls;
    this.#trust = connectionTrust(checked.tls);
    this.#tunnels = checked.proxy === undefined ? undefined : this.tunnelsThrough(checked.proxy);
    this.#drain = new ConnectionDrain(this);
    // A redirect that leads a client from https to http ends in an error of the request, see `addRequest`, and not in one
    // that is thrown where nobody catches it.
    this.protocol = undefined;
    if (this.#header) {
      watchRedirects();
      this.#noticeStandIns();
    }
    const stopListening = [
      manager.on('rotated', ({ credential, certificateChanged }) => {
        if (certificateChanged) this.#identifyIfTrusting(credential);
      }),
      manager.on('closed', () => {
        this.#isOver = true;
        this.#forgetIdentity();
      }),
    ];
    this.#unsubscribe = () => {
      for (const stop of stopListening) stop();
    };
  }

  /** Connections since the agent was made. */
  get connections(): ConnectionCounts {
    return this.#drain.counts;
  }

  /**
   * Resolves once a credential is held, so that the first requests need not wait.
   * @throws {CredentialError} the failure of the source, with its own code.
   */
  async ready(options?: WaitOptions): Promise<void> {
    const credential = await this.#manager.current(options);
    if (this.#isBound) this.#identify(credential);
  }

  /** Stops presenting anything. Idle connections that were made with a credential close, busy ones after their request. */
  unbind(): void {
    if (!this.#isBound) return;
    this.#isBound = false;
    this.#unsubscribe();
    this.#forgetIdentity();
    for (const pending of this.#pending) {
      if (pending.release()) this.#goOn(pending.request, pending.options);
    }
    this.#pending.clear();
  }

  /** Closes every connection, busy ones too, fails the requests that wait for a credential, and leaves the manager. */
  override destroy(): void {
    this.#unsubscribe();
    this.#drain.stop();
    for (const { request } of this.#pending) request.destroy();
    this.#pending.clear();
    super.destroy();
  }

  override addRequest(request: ClientRequest, options: https.RequestOptions): void {
    const given = this.#given;
    this.#given = undefined;
    noteContext(options);
    sealSecretHeaders(request);
    if (request.protocol === 'http:') failRequest(request, plainHttp());
    else if (!this.#isBound || !this.#scope(options)) this.#addAnonymous(request, options);
    else if (given !== undefined) {
      this.#admit(request, options, given, hasAuthorization(request));
    } else this.#addInScope(request, options);
  }

  #addAnonymous(request: ClientRequest, options: https.RequestOptions): void {
    try {
      this.#goOn(request, tag(options, this.#nobodyNow()));
    } catch (error) {
      failRequest(request, error);
    }
  }

  #addTheirs(request: ClientRequest, options: https.RequestOptions): void {
    try {
      // For what the caller has not set itself; nothing is asked for it here.
      const held = this.#header ? this.#manager.peek() : undefined;
      if (held?.headers !== undefined) this.#authorize(request, held, true);
      this.#goOn(request, tag(options, this.#latestIdentity()));
    } catch (error) {
      failRequest(request, error);
    }
  }

  #goOn(request: ClientRequest, options: https.RequestOptions): void {
    const proceed = proceedIn(options);
    if (proceed === undefined) super.addRequest(request, options);
    else {
      this.#standIns.set(options.agent as object, identityIn(options));
      proceed();
    }
  }

  #addInScope(request: ClientRequest, options: https.RequestOptions): void {
    const before = this.#header
      ? bearerBefore(() => `${originOf(options)}${request.path}`)
      : undefined;
    if (before === 'nobodys') {
      this.#addAnonymous(request, options);
      return;
    }
    this.#record(request, options);
    const isOwn = hasAuthorization(request);
    // The chain began with an Authorization of the caller's own, which the client has taken away on the way.
    const isTheirs = isOwn || before === 'theirs';
    if (isTheirs && !(isOwn && this.#mayWait())) {
      noteBearer(request, 'theirs');
      this.#addTheirs(request, options);
      return;
    }
    const credential = this.#manager.peek();
    if (credential === undefined) this.#hold(request, options);
    else this.#admitWatched(request, options, credential, isOwn);
  }

  // The generation in the name keeps connections and TLS sessions of different certificates apart. It comes from the
  // options of the connection, never from what is current: a busy socket would be filed under a name not its own.
  override getName(options?: https.RequestOptions): string {
    const identity = identityIn(options);
    if (options === undefined || identity === undefined) return super.getName(options);
    return nameOnce(options, () => `${super.getName(options)}:${identity.poolName}`);
  }

  override createConnection(
    given: https.RequestOptions,
    callback?: OnCreate,
  ): Duplex | null | undefined {
    const options = isTagged(given) ? given : this.#optionsForStandIn(given);
    const identity = identityIn(options);
    try {
      if (identity?.isNobody === false && !this.#scope(options)) throw changedPlace();
      const tunnels = Object.hasOwn(options, 'socket') ? undefined : this.tunnelsTo(options);
      if (callback === undefined && tunnels !== undefined) throw noCallback();
      return callback === undefined || (this.#trust ?? tunnels) === undefined
        ? this.#connect(options, identity, callback)
        : this.#connectInSteps(options, identity, tunnels, callback);
    } catch (error) {
      // Thrown on, it would leave https.get() itself, or end the process when a queued request gets its connection.
      if (callback === undefined) throw error;
      callback(error as Error, undefined as never);
      return undefined;
    }
  }

  /**
   * Returns the proxy that the connection with these options goes through; undefined: none. Asked for each connection, unless it is over
   * something that is there already, such as a tunnel.
   */
  protected tunnelsTo({ socketPath }: https.RequestOptions): ProxyTunnels | undefined {
    return socketPath ? undefined : this.#tunnels;
  }

  /** Returns the way through the proxy with this URL, with what this agent verifies one by. */
  protected tunnelsThrough(proxy: string): ProxyTunnels {
    return tunnelsFor(proxy, this.#tlsOptions, this.#trust);
  }

  /** @param identity that of the pool; the connection is verified by what is trusted when it is made */
  #connect(
    options: https.RequestOptions,
    identity: ClientIdentity | undefined,
    callback?: OnCreate,
  ): Duplex | null | undefined {
    const presented = this.#trust === undefined ? identity : identity?.under(this.#trust.ask());
    const note = (socket: Duplex | null | undefined): void => {
      if (identity !== undefined && socket) this.#drain.note(socket, identity);
    };
    const complete = this.#tls.complete(options, presented, () => super.getName(options));
    const socket = super.createConnection(
      // The name is that of another trust, and so are the TLS sessions that it leads to.
      presented === identity ? complete : { ...complete, ...withoutSession },
      (error, tunnelled) => {
        note(tunnelled);
        callback?.(error, tunnelled);
      },
    );
    note(socket);
    this.#drain.countOpened();
    return socket;
  }

  /** Gives the connection to `callback` when its server is verified, behind the tunnel to it where there is a proxy. */
  #connectInSteps(
    options: https.RequestOptions,
    identity: ClientIdentity | undefined,
    tunnels: ProxyTunnels | undefined,
    callback: OnCreate,
  ): undefined {
    const trust = this.#trust;
    let used: Trust | undefined;
    const open: OpenConnection = (done, signal) => {
      used = trust?.ask();
      if (tunnels === undefined) return this.#connect(options, identity, done);
      tunnels
        .open(targetOf(options), { signal })
        .then((socket) => {
          const secured = this.#connect({ ...options, ...{ socket } }, identity, done);
          if (secured) done(null, secured);
        })
        .catch((error: Error) => done(error, undefined as never));
      return undefined;
    };
    const renew = async (): Promise<boolean> => (await trust?.renew(used)) === true;
    return connectInSteps(this, { options, request: this.#connectsFor, open, renew }, callback);
  }

  override createSocket(...details: Parameters<NodeAgent['createSocket']>): void {
    const [request] = details;
    this.#isConnecting = true;
    this.#connectsFor = request;
    try {
      super.createSocket(...details);
    } finally {
      this.#isConnecting = false;
      this.#connectsFor = undefined;
    }
  }

  override keepSocketAlive(socket: Duplex): boolean {
    return !this.#drain.isOver(socket) && super.keepSocketAlive(socket);
  }

  /** A stand-in never calls `addRequest`; it asks for this method while a request is being made. */
  #noticeStandIns(): void {
    const take: TakeRequest = (request, options, proceed) =>
      this.addRequest(request, tagProceed(options, proceed));
    const method = this.createConnection;
    Object.defineProperty(this, 'createConnection', {
      get: () => {
        if (!this.#isConnecting) takeRequestInTheMaking(this, take);
        return method;
      },
      set: (value: unknown) => {
        const own = { value, writable: true, configurable: true };
        Object.defineProperty(this, 'createConnection', own);
      },
      configurable: true,
    });
  }

  /** A connection that none of our requests asks for: of a mock that lets a request pass, for one. */
  #optionsForStandIn(given: https.RequestOptions): https.RequestOptions {
    const options = tag({ ...given }, this.#identityForStandIn(given));
    // Node finds the TLS session by this name, and a stand-in knows nothing of generations.
    return '_agentKey' in options
      ? ({ ...options, _agentKey: this.getName(options) } as https.RequestOptions)
      : options;
  }

  #identityForStandIn(options: https.RequestOptions): ClientIdentity | undefined {
    const { agent } = options;
    if (typeof agent === 'object' && this.#standIns.has(agent)) return this.#standIns.get(agent);
    return this.#isBound && this.#scope(options) ? this.#currentIdentity() : this.#nobodyNow();
  }

  /** Idle connections close, busy ones after their request. */
  #forgetIdentity(): void {
    const identity = this.#identity;
    this.#identity = undefined;
    this.#http2 = undefined;
    if (identity !== undefined) this.#drain.begin(identity, undefined);
  }

  /** What requests go out as that present nothing. */
  #nobodyNow(): ClientIdentity | undefined {
    if (this.#trust === undefined) return undefined;
    const trust = this.#trust.ask();
    const known = this.#nobody;
    if (known?.trust === trust) return known;
    this.#nobody = ClientIdentity.nobody(trust);
    if (known !== undefined) this.#drain.begin(known, this.#drainTimeoutMs);
    return this.#nobody;
  }

  #connectorOf(identity: ClientIdentity | undefined): Http2Connector {
    const known = this.#http2;
    if (known !== undefined && known.identity === identity) return known.connect;
    const connect: Http2Connector = (authority, options) => {
      const connection = http2ConnectionOptions(authority, options);
      const presented = this.#scope(connection) ? identity : this.#nobodyNow();
      // Without a callback it throws what it cannot connect with.
      return this.createConnection(tag(connection, presented)) as Duplex;
    };
    this.#http2 = { identity, connect };
    return connect;
  }

  /** The newest identity there is, that of a credential included which no request has gone out with yet. */
  #currentIdentity(): ClientIdentity | undefined {
    const held = this.#isBound ? this.#manager.peek() : undefined;
    return held === undefined ? this.#latestIdentity() : this.#identify(held);
  }

  /** That of the latest credential, or nobody's where there has been none. */
  #latestIdentity(): ClientIdentity | undefined {
    const known = this.#identity;
    if (known === undefined) return this.#nobodyNow();
    const trust = this.#trust?.ask();
    return known.trust === trust ? known : this.#replace(known, known.under(trust));
  }

  /** Waits here, not in createConnection, where what waits would count for `maxSockets`. */
  #hold(request: ClientRequest, options: https.RequestOptions): void {
    const pending = new PendingRequest(request, options, this.options.timeout);
    this.#pending.add(pending);
    this.#manager.current().then(
      (credential) => {
        this.#pending.delete(pending);
        if (!pending.release()) return;
        // The caller may have set an Authorization of its own meanwhile.
        this.#admitWatched(request, options, credential, hasAuthorization(request));
      },
      (error) => {
        this.#pending.delete(pending);
        pending.fail(error);
      },
    );
  }

  /** Reports the refusal of a request that nobody else looks after: one made by the user, without an Authorization. */
  #admitWatched(
    request: ClientRequest,
    options: https.RequestOptions,
    credential: Credential,
    isOwn: boolean,
  ): void {
    if (this.#watches && this.#header && !goesAsCaller(request, credential, isOwn))
      this.#watch(request, options, credential);
    this.#admit(request, options, credential, isOwn);
  }

  #watch(request: ClientRequest, options: https.RequestOptions, credential: Credential): void {
    const manager = this.#manager;
    const refusedStatuses = this.#refusedStatuses;
    const body = this.#bodies?.get(request);
    if (body === undefined) watchForRefusal(request, credential, manager, refusedStatuses);
    else {
      const { method, path } = request;
      replayRefusal(request, credential, {
        ...{ manager, refusedStatuses, body },
        open: (next, headers) =>
          requestWith(this, next, { ...options, agent: this, method, path, headers }),
      });
    }
  }

  /** Not where a stand-in makes the request, or where its head is rendered already, with headers that nobody can read. */
  #record(request: ClientRequest, options: https.RequestOptions): void {
    if (this.#bodies === undefined || renderedHead(request) !== null) return;
    if (proceedIn(options) === undefined) this.#bodies.set(request, new RecordedBody(request));
  }

  #admit(
    request: ClientRequest,
    options: https.RequestOptions,
    credential: Credential,
    isOwn: boolean,
  ): void {
    try {
      noteBearer(request, goesAsCaller(request, credential, isOwn) ? 'theirs' : 'ours');
      this.#authorize(request, credential, isOwn);
      this.#goOn(request, tag(options, this.#identify(credential)));
    } catch (error) {
      failRequest(request, error);
    }
  }

  #authorize(request: ClientRequest, credential: Credential, isOwn: boolean): void {
    if (!this.#header) return;
    this.#givesHeaders = credential.headers !== undefined;
    addHeadersOf(request, credential, isOwn);
  }

  /**
   * Whether a request with an Authorization may wait for a credential, for the sake of its certificate or its other headers:
   * not when the Authorization comes from a binding, which has just asked, nor while none of them has ever been seen.
   */
  #mayWait(): boolean {
    const identity = this.#identity ?? this.#currentIdentity();
    return this.#header && (this.#givesHeaders || identity?.hasCertificate === true);
  }

  /** Returns the identity to connect with: that of `credential`, or of a newer one that was seen before. */
  #identify(credential: Credential): ClientIdentity {
    const known = this.#identity;
    const trust = this.#trust?.ask();
    if (known === undefined || known.certificateGeneration < credential.certificateGeneration) {
      return this.#replace(known, new ClientIdentity(credential, trust));
    }
    return known.trust === trust ? known : this.#replace(known, known.under(trust));
  }

  /** Where there is nobody to trust yet, whoever connects is told. */
  #identifyIfTrusting(credential: Credential): void {
    try {
      this.#identify(credential);
    } catch {}
  }

  #replace(known: ClientIdentity | undefined, identity: ClientIdentity): ClientIdentity {
    if (this.#isOver) {
      identity.isOver = true;
      return identity;
    }
    this.#identity = identity;
    if (known !== undefined) this.#drain.begin(known, this.#drainTimeoutMs);
    return identity;
  }

  static {
    Object.defineProperty(CredentialAgent.prototype, connectorKey, {
      get(this: CredentialAgent) {
        return this.#connectorOf(this.#currentIdentity());
      },
    });
    Object.defineProperty(CredentialAgent.prototype, trustKey, {
      get(this: CredentialAgent) {
        return this.#trust;
      },
    });
    Object.defineProperty(CredentialAgent.prototype, tunnelKey, {
      value(this: CredentialAgent, authority: URL, signal: AbortSignal) {
        const options = http2ConnectionOptions(authority, {});
        return this.tunnelsTo(options)?.open(targetOf(options), { signal });
      },
    });
    leaveRefusals = (agent) => {
      agent.#watches = false;
    };
    requestWith = (agent, credential, options) => {
      agent.#given = credential;
      try {
        const request = https.request(options);
        // A mock that serves requests without any agent has not asked ours.
        if (agent.#given !== undefined) agent.#authorize(request, credential, false);
        return request;
      } finally {
        agent.#given = undefined;
      }
    };
  }
}

/** The options of an agent, which sends nothing again unless it is asked to. */
function withoutReplay(options: CredentialAgentOptions): CredentialAgentOptions {
  if (typeof options !== 'object' || options === null) return options;
  const { replay = false, ...others } = options;
  return { ...others, replay };
}

function originOf({ host, port }: https.RequestOptions): string {
  const name = String(host);
  return `https://${name.includes(':') && !name.startsWith('[') ? `[${name}]` : name}:${port}`;
}

function plainHttp(): CredentialError {
  return new CredentialError(
    'ERR_ORIGIN_INSECURE',
    'A request in plain http, or a redirect to it, has come to an agent for https, which does not send it. Use https.',
  );
}

/** A proxy that the options of the agent name is not the one that was asked for. */
function agentOptionsOf({ agent, proxy }: CredentialAgentOptions): https.AgentOptions {
  return proxy === undefined ? { ...agent } : { ...agent, ...{ proxyEnv: undefined } };
}

/** Node puts the options of an agent over those of each request, after that was judged. */
function changedPlace(): CredentialError {
  return new CredentialError(
    'ERR_ORIGIN_CHANGED',
    'The request was to be connected to another place than the one that was judged. Leave host, port and path out of the options of the agent.',
  );
}
