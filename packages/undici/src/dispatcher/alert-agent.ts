import {
  type ConnectionTrust,
  isCertificateRefusal,
  memberOf,
  shadowInherited,
  snapshot,
  type Trust,
} from '@keyturn/core/binding';
import type { ProxyTunnels } from '@keyturn/https/tunnel';
import { Agent, buildConnector, Client, type Dispatcher, Pool } from 'undici';
import type { DispatchOptions } from './handler-shape.js';
import { noteFailure } from './kept-connection.js';
import { tunnelling } from './tunnelling-connector.js';

/**
 * Makes an Agent whose requests fail with the TLS alert by which a server refuses the client certificate.
 *
 * Under TLS 1.3 the alert comes after the handshake. undici notes it, but then sees the connection end and tells the
 * request only that: "other side closed".
 */
export function alertAgent(options: Agent.Options, way: AgentWay = {}): Agent {
  return new AlertAgent(options, way);
}

/** What the connections of an Agent have beside its options. */
export interface AgentWay {
  readonly trust?: AgentTrust | undefined;
  /** The way through a proxy, where there is one. */
  readonly tunnels?: ProxyTunnels | undefined;
}

/** What verifies the servers of an Agent, where that rotates. */
export interface AgentTrust {
  readonly trust: ConnectionTrust;
  /** What the options of the Agent were made under. */
  readonly used: Trust;
  /** In the words of the option `connect`. */
  readonly tlsUnder: (trust: Trust) => object;
}

/**
 * Goes to the pool of its latest origin itself: mostly there is no other, and an Agent that is asked first costs a
 * hundredth of the request rate.
 */
class AlertAgent extends Agent {
  readonly #way: AgentWay;
  #origin = '';
  #pool: Pool | undefined;

  constructor(options: Agent.Options, way: AgentWay) {
    super(
      shadowInherited({
        factory: (origin, poolOptions) => this.#makePool(origin, poolOptions),
        ...options,
      } satisfies Agent.Options),
    );
    this.#way = way;
  }

  override dispatch(options: ForPool, handler: Dispatcher.DispatchHandler): boolean {
    if (options.allowH2 !== undefined) return this.#dispatchApart(options, handler);
    const pool = this.#pool;
    // An Agent has closed the pools that it has let go, and its own once it closes.
    return pool === undefined || options.origin !== this.#origin || pool.closed
      ? super.dispatch(options, handler)
      : pool.dispatch(options, handler);
  }

  /** undici 8 has pools of their own for requests that want HTTP/1.1 alone; no other request may be led there. */
  #dispatchApart(options: ForPool, handler: Dispatcher.DispatchHandler): boolean {
    const [pool, origin] = [this.#pool, this.#origin];
    try {
      return super.dispatch(options, handler);
    } finally {
      this.#pool = pool;
      this.#origin = origin;
    }
  }

  #makePool(origin: string | URL, options: object): Pool {
    const { connect: given, socketPath } = snapshot(options as PoolOptions);
    const connect = connectOptions(given, socketPath);
    const poolOptions = { ...options, factory: this.#clientFactory(connect, options), connect };
    this.#pool = new Pool(origin, shadowInherited(poolOptions) as object as Pool.Options);
    this.#origin = String(origin);
    return this.#pool;
  }

  /** Each trust has a connector of its own: undici keeps TLS options and sessions in it. */
  #clientFactory(connect: object, options: object): typeof makeClient {
    const { trust: agentTrust } = this.#way;
    const throughProxy = this.#wayThrough(connect, options);
    if (agentTrust === undefined) {
      return (origin, clientOptions) => makeClient(origin, clientOptions, throughProxy);
    }
    const { trust, used, tlsUnder } = agentTrust;
    return (origin, clientOptions) =>
      makeClient(origin, clientOptions, (given) =>
        verifying(trust, (current) =>
          throughProxy(
            current === used
              ? given
              : heedingAlerts(makeConnector({ ...connect, ...tlsUnder(current) }, options)),
          ),
        ),
      );
  }

  /** Not to a socket in the file system, which is no host. */
  #wayThrough(connect: object, options: object): WrapConnector {
    const { tunnels } = this.#way;
    const { path, timeout } = connect as { readonly path?: string; readonly timeout?: number };
    if (tunnels === undefined || path !== undefined) return (connector) => connector;
    const { connectTimeout } = options as Agent.Options;
    return (connector) => tunnelling(tunnels, connector, timeout ?? connectTimeout);
  }
}

function connectOptions(given: object, socketPath: string | undefined): object {
  const connect = snapshot(given);
  return {
    ...nobodysConnection,
    path: memberOf(connect, 'socketPath') ?? socketPath,
    ...shadowInherited(connect, nodesDefaults),
  };
}

/** As undici makes it of the options of a pool. */
function makeConnector(connect: object, options: object): buildConnector.connector {
  const { allowH2, connectTimeout, maxCachedSessions, autoSelectFamily, ...more } =
    snapshot<Agent.Options>(options);
  const { autoSelectFamilyAttemptTimeout } = more;
  const given = {
    ...{ allowH2, maxCachedSessions, timeout: connectTimeout },
    ...(typeof autoSelectFamily === 'boolean' && {
      autoSelectFamily,
      autoSelectFamilyAttemptTimeout,
    }),
    ...connect,
  };
  return buildConnector(shadowInherited(given, nodesDefaults) as buildConnector.BuildOptions);
}

type ForPool = Dispatcher.DispatchOptions & Pick<DispatchOptions, 'allowH2'>;

/** What undici hands on to a pool of what its Agent was given. */
interface PoolOptions {
  readonly connect: object;
  readonly socketPath?: string;
}

type WrapConnector = (connect: buildConnector.connector) => buildConnector.connector;

/**
 * By now undici has made one function of everything that has to do with connecting.
 * @param wrap returns what is to connect in its place
 */
function makeClient(origin: URL, options: object, wrap: WrapConnector): Client {
  const { connect: given } = options as { readonly connect: buildConnector.connector };
  const connect = wrap(heedingAlerts(given));
  return new Client(origin, shadowInherited({ ...options, connect }));
}

/** Connects by what is trusted right then, and again where the server cannot be verified and somebody else is trusted by then. */
function verifying(
  trust: ConnectionTrust,
  connectorUnder: (current: Trust) => buildConnector.connector,
): buildConnector.connector {
  return (options, callback) => {
    const connect = (current: Trust): Promise<ConnectedSocket> =>
      new Promise((resolve, reject) => {
        connectorUnder(current)(options, (error, socket) => {
          if (error) reject(error);
          else resolve(socket as ConnectedSocket);
        });
      });
    trust.connect(connect).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };
}

type ConnectedSocket = NonNullable<Parameters<buildConnector.Callback>[1]>;

/** What tls.connect has own defaults for, which come before what stands on Object.prototype. */
const nodesDefaults = [
  'rejectUnauthorized',
  'checkServerIdentity',
  'ciphers',
  'minDHSize',
  'highWaterMark',
];

/**
 * Said with each connection, because whatever Node asks for and is not said, it finds on Object.prototype: undici keeps
 * these options for as long as it has the pool, and something may be put there meanwhile.
 */
const nobodysConnection = Object.fromEntries(
  [
    ...[
      'ca',
      'cert',
      'key',
      'pfx',
      'passphrase',
      'crl',
      'secureContext',
      'secureProtocol',
      'session',
    ],
    ...[
      'minVersion',
      'maxVersion',
      'secureOptions',
      'ecdhCurve',
      'sigalgs',
      'dhparam',
      'pskCallback',
    ],
    ...['clientCertEngine', 'privateKeyEngine', 'privateKeyIdentifier', 'allowPartialTrustChain'],
    ...['ALPNCallback', 'requestOCSP', 'enableTrace', 'ticketKeys', 'sessionIdContext'],
    ...['servername', 'path', 'lookup', 'family', 'hints', 'localPort', 'fd', 'handle', 'signal'],
    ...['onread', 'timeout', 'noDelay', 'keepAlive', 'keepAliveInitialDelay', 'blockList'],
    ...['autoSelectFamily', 'autoSelectFamilyAttemptTimeout', 'allowHalfOpen'],
  ].map((name) => [name, undefined]),
);

function heedingAlerts(connect: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    // The types say nothing of the socket that undici's own connectors return.
    const socket = (connect as (...request: unknown[]) => unknown)(options, callback);
    heedAlert(socket as Connection);
    return socket as undefined;
  };
}

interface Connection {
  readonly bytesRead?: number;
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(error: Error): unknown;
}

function heedAlert(socket: Connection): void {
  socket.on('error', (error) => {
    noteFailure(socket, error);
    // Closed now, it has no end to be noticed.
    if (isCertificateRefusal(error)) socket.destroy(error);
  });
}
