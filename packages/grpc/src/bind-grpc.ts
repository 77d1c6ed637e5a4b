import type { ChannelCredentials, ChannelInterface, ChannelOptions } from '@grpc/grpc-js';
import {
  type Binding,
  type BindOptions,
  booleanOption,
  type CredentialManager,
  checkBindOptions,
  checkManager,
  type OptionUse,
  originScope,
  snapshot,
} from '@keyturn/core/binding';
import { ChannelGenerations } from './channel-generations.js';
import { type GrpcProxy, grpcProxy } from './grpc-proxy.js';
import { targetOrigin, targetSocket } from './grpc-target.js';
import { RotatingChannel } from './rotating-channel.js';

export interface BindGrpcOptions extends BindOptions {
  /**
   * The server, as gRPC writes it: `host:port`, `dns:host:port`, `ipv4:…`, `ipv6:[…]:port`. It is the origin too.
   * `unix:/path` is not: a socket must be named in `origins`.
   */
  readonly target: string;
  /** Connect without TLS: to loopback, elsewhere with `allowInsecure` only. Default false. */
  readonly plaintext?: boolean | undefined;
  /** For gRPC's own channels: keepalive, message sizes, retries … */
  readonly channel?: ChannelOptions | undefined;
}

/** What a generated client is made with: `new Greeter(api.target, api.credentials, api.options)`. */
export interface GrpcClientArguments {
  readonly target: string;
  /** Stands where a client wants channel credentials. It carries no identity: the channel in `options` does. */
  readonly credentials: ChannelCredentials;
  /** Spread it where you have client options of your own. Any number of clients may share it. */
  readonly options: { readonly channelOverride: ChannelInterface };
}

const optionUse: OptionUse<BindGrpcOptions> = {
  origins: 'taken',
  tls: 'taken',
  replay: 'taken',
  allowInsecure: 'taken',
  drainTimeoutMs: 'taken',
  proxy: 'taken',
  refusedStatuses: {
    refusedBecause:
      'gRPC has statuses of its own, and a call is refused with UNAUTHENTICATED alone',
  },
  target: 'taken',
  plaintext: 'taken',
  channel: 'taken',
};

/**
 * Makes a channel that authenticates every call with the credential of `manager`: the token as metadata, the client
 * certificate on the connection. It is for the clients that you have: `new Greeter(target, credentials, options)`.
 *
 * The first call waits for the credential; its deadline and `cancel()` work meanwhile. A call that the server answers
 * with nothing but UNAUTHENTICATED is sent once more with the next credential, unless it streams its requests. When the
 * certificate rotates, new calls get a new connection, and the old one closes after its last call. Authorization
 * metadata of the caller's own wins.
 *
 * When the source fails, the call ends with UNAUTHENTICATED; details and `cause` of its error name the source's own code.
 * `close()` on a client closes the channel for all clients that share it, as with any channel.
 *
 * In plaintext without `allowInsecure` a channel goes straight to loopback, past every proxy that gRPC's environment
 * variables or channel options name, and past `proxy`. A `proxy` may be an http or https URL.
 *
 * TLS is set by `tls` alone: gRPC's environment variables for roots and ciphers do not count here.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 * @throws {CredentialError} ERR_ORIGIN_INSECURE for `plaintext` to a host that is not loopback, unless `allowInsecure`.
 */
export function bindGrpc(
  manager: CredentialManager,
  options: BindGrpcOptions,
): Binding<GrpcClientArguments> {
  checkManager('bindGrpc', manager);
  const checked = checkBindOptions('bindGrpc', options, optionUse);
  const { replay, tls = {}, drainTimeoutMs, allowInsecure, target } = checked;
  const isPlaintext = booleanOption('plaintext', checked.plaintext, false);
  checkScope(checked, isPlaintext);
  const proxy = proxyOf(checked, isPlaintext);

  if (typeof (checked.channel ?? {}) !== 'object') {
    throw new TypeError('Option "channel" of bindGrpc must be an object of channel options.');
  }
  const channels = new ChannelGenerations(manager, {
    target,
    isPlaintext,
    staysHome: !allowInsecure && targetSocket(target) === undefined,
    tls: snapshot(tls),
    channelOptions:
      proxy !== undefined || (isPlaintext && !allowInsecure)
        ? pastOtherProxies(checked.channel)
        : { ...checked.channel },
    drainTimeoutMs,
    proxy,
  });
  const channel = new RotatingChannel({ manager, channels, replay });
  return {
    client: {
      target,
      credentials: channels.bareCredentials,
      options: { channelOverride: channel },
    },
    supports: { token: true, clientCertificate: !isPlaintext, replay },
    unbind: () => channel.unbind(),
  };
}

/** A channel has one server, so whether it may have the credential is decided once. */
function checkScope(options: BindGrpcOptions, isPlaintext: boolean): void {
  const socketPath = targetSocket(options.target);
  const origin = socketPath ? `unix:${socketPath}` : targetOrigin(options.target, isPlaintext);
  const scope = originScope(options, socketPath ? undefined : origin);
  if (socketPath ? scope.includesSocket(socketPath) : scope.includes(origin)) return;
  throw new TypeError(
    `Option "origins" of bindGrpc does not hold "${origin}", the origin of its target.`,
  );
}

/** Undefined for a socket in the file system, which is no host, and for what goes in clear text because it goes to this machine. */
function proxyOf(
  { proxy, target, allowInsecure }: BindGrpcOptions,
  isPlaintext: boolean,
): GrpcProxy | undefined {
  if (proxy === undefined) return undefined;
  const socketPath = targetSocket(target);
  // It is refused in any case where it could not be honoured.
  const way = grpcProxy(
    proxy,
    socketPath ? 'https://localhost' : targetOrigin(target, isPlaintext),
  );
  return socketPath || (isPlaintext && !allowInsecure) ? undefined : way;
}

/** gRPC would ask `http_proxy` and its like: for what stays at home none counts, and where there is a proxy no other does. */
function pastOtherProxies(given: ChannelOptions | undefined): ChannelOptions {
  const { 'grpc.http_connect_target': _, 'grpc.http_connect_creds': __, ...options } = { ...given };
  return { ...options, 'grpc.enable_http_proxy': 0 };
}
