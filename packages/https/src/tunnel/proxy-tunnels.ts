import { isIP, connect as openSocket, type Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import {
  type ConnectionTrust,
  isUnverified,
  onAbort,
  type ProxyAddress,
  quoted,
  readProxyUrl,
  shadowInherited,
  type TlsOptions,
} from '@keyturn/core/binding';
import { connectByHttp } from './http-connect.js';
import { ProxyAuthorities } from './proxy-authorities.js';
import { inBrackets, proxyFailure } from './proxy-failure.js';
import { untilEvent } from './socket-events.js';
import { connectBySocks } from './socks-connect.js';
import { isTellable, type TunnelTarget } from './tunnel-target.js';

export interface TunnelOptions {
  /** Gives up, with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may take until the tunnel is open. Milliseconds; default: no limit. */
  readonly timeoutMs?: number | undefined;
  /** A connection to the proxy that is there already; default: a new one. It is destroyed where the proxy does not open the tunnel. */
  readonly socket?: Socket | undefined;
}

/**
 * The way through one proxy. What runs inside a tunnel is the business of whoever asks for it: TLS from end to end, as a rule.
 *
 * A tunnel is a socket of Node's own, and over a proxy that speaks TLS a TLSSocket, so that whoever lets an idle connection go (`unref`)
 * lets the socket below it go.
 */
export class ProxyTunnels {
  readonly #proxy: ProxyAddress;
  readonly #authorities: ProxyAuthorities;

  /**
   * @param options those of the binding: its `ca` may have signed for the proxy, and nothing else of them is for it
   * @param trust in place of `ca`, where that rotates
   */
  constructor(proxy: ProxyAddress, options?: TlsOptions, trust?: ConnectionTrust) {
    this.#proxy = proxy;
    this.#authorities = new ProxyAuthorities(options, trust);
  }

  /**
   * Resolves with a connection to `target`, by which nothing has been sent yet.
   * @throws {CredentialError} ERR_PROXY, saying why there is none.
   */
  async open(target: TunnelTarget, options: TunnelOptions = {}): Promise<Socket> {
    const { signal, timeoutMs, socket = this.#connect() } = options;
    // One that fails before anybody listens, or when it has been given up, would end the process.
    socket.on('error', () => {});
    const giveUp = (): void => {
      socket.destroy();
    };
    if (signal?.aborted) giveUp();
    const stopListening = signal && !signal.aborted ? onAbort(signal, giveUp) : undefined;
    const deadline = timeoutMs === undefined ? undefined : new Deadline(timeoutMs, giveUp);
    try {
      return await this.#openOver(socket, target);
    } catch (error) {
      giveUp();
      signal?.throwIfAborted();
      if (deadline?.isOver) {
        throw proxyFailure(this.#proxy, `has opened no tunnel within ${timeoutMs} ms`);
      }
      throw error;
    } finally {
      stopListening?.();
      deadline?.lift();
    }
  }

  #connect(): Socket {
    const { host, port } = this.#proxy;
    return openSocket(shadowInherited({ host, port, noDelay: true }));
  }

  async #openOver(socket: Socket, target: TunnelTarget): Promise<Socket> {
    const proxy = this.#proxy;
    if (!isTellable(target.host)) {
      throw proxyFailure(proxy, `cannot be told of the host ${quoted(target.host)}: ${asWritten}`);
    }
    await this.#untilConnected(socket);
    const tunnel = proxy.protocol === 'https' ? await this.#secure(socket) : socket;
    await (proxy.protocol === 'socks5' ? connectBySocks : connectByHttp)(tunnel, proxy, target);
    return tunnel;
  }

  async #untilConnected(socket: Socket): Promise<void> {
    const proxy = this.#proxy;
    try {
      if (socket.destroyed) throw closed();
      if (socket.connecting) await untilEvent(socket, 'connect', closed);
    } catch (error) {
      throw proxyFailure(proxy, `cannot be reached${inBrackets(error)}`);
    }
  }

  async #secure(socket: Socket): Promise<TLSSocket> {
    const { host } = this.#proxy;
    const secured = tls.connect(
      shadowInherited(
        {
          socket,
          host,
          servername: isIP(host) === 0 ? host : '',
          ALPNProtocols: ['http/1.1'],
          ...contextIn(this.#authorities),
        },
        ['checkServerIdentity', 'ciphers', 'minDHSize', 'rejectUnauthorized'],
      ),
    );
    secured.on('error', () => {});
    try {
      await untilEvent(secured, 'secureConnect', closed);
      return secured;
    } catch (error) {
      secured.destroy();
      throw proxyFailure(this.#proxy, tlsFault(error));
    }
  }
}

/** Returns the way through the proxy that the option `proxy` of a binding names, once that has been checked. */
export function tunnelsFor(
  proxy: string,
  options?: TlsOptions,
  trust?: ConnectionTrust,
): ProxyTunnels {
  const address = readProxyUrl(proxy);
  if ('fault' in address) throw new TypeError(`Option "proxy" ${address.fault}.`);
  return new ProxyTunnels(address, options, trust);
}

const asWritten = 'write it in visible ASCII, and an address without its zone';

function contextIn(authorities: ProxyAuthorities): Pick<tls.ConnectionOptions, 'secureContext'> {
  const secureContext = authorities.context();
  return secureContext === undefined ? {} : { secureContext };
}

function tlsFault(error: unknown): string {
  return isUnverified(error)
    ? `cannot be verified${inBrackets(error)}. Have Node trust its authority, by NODE_EXTRA_CA_CERTS for one`
    : `cannot be reached over TLS${inBrackets(error)}`;
}

function closed(): Error {
  return Object.assign(new Error('The connection has closed.'), { code: 'ECONNRESET' });
}

/** Calls `end` when its time is over. */
class Deadline {
  #isOver = false;
  readonly #timer: NodeJS.Timeout;

  constructor(delayMs: number, end: () => void) {
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      end();
    }, delayMs);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  lift(): void {
    clearTimeout(this.#timer);
  }
}
