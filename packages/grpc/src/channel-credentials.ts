import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type ChannelCredentials, credentials, type VerifyOptions } from '@grpc/grpc-js';
import {
  type ClientCertificate,
  type ConnectionTrust,
  shadowInherited,
  snapshot,
  type TlsOptions,
  type Trust,
  tlsUnder,
} from '@keyturn/core/binding';
import type { GrpcProxy } from './grpc-proxy.js';
import { proxiedCredentials } from './proxied-credentials.js';
import { trustingCredentials } from './trusting-credentials.js';

/**
 * Returns what a channel meets its server with. Call credentials come with each call: a channel outlives many tokens.
 *
 * The context is our own because gRPC's `createSsl` takes no TLS versions.
 * @param trust in place of `ca`, where that rotates
 * @param proxy what the channel connects to in place of its server
 */
export function channelCredentials(
  tls: TlsOptions,
  clientCertificate?: ClientCertificate,
  trust?: ConnectionTrust,
  proxy?: GrpcProxy,
): ChannelCredentials {
  const { rejectUnauthorized } = tls;
  const verify: VerifyOptions = snapshot(
    rejectUnauthorized === undefined ? {} : { rejectUnauthorized },
  );
  let latest: { readonly trust: Trust | undefined; readonly context: SecureContext } | undefined;
  const contextUnder = (current: Trust | undefined): SecureContext => {
    if (latest === undefined || latest.trust !== current) {
      const context = contextOf(tlsUnder(tls, current), clientCertificate);
      latest = { trust: current, context };
    }
    return latest.context;
  };
  const made = credentials.createFromSecureContext(contextUnder(trust?.ask()), verify);
  const named = namingNoAddress(made);
  const reached = proxy === undefined ? named : proxiedCredentials(named, proxy, tls, trust);
  return trust === undefined ? reached : trustingCredentials(reached, trust, contextUnder);
}

function contextOf(
  { ca, minVersion, maxVersion }: TlsOptions,
  clientCertificate: ClientCertificate | undefined,
): SecureContext {
  return createSecureContext(
    shadowInherited({
      ca: ca === undefined ? undefined : ([ca].flat() as (string | Buffer)[]),
      cert: clientCertificate?.certificate,
      key: clientCertificate?.privateKey,
      minVersion,
      maxVersion,
    }),
  );
}

/** What grpc-js makes of credentials for each connection, from 1.13 on. */
interface SecureConnector {
  readonly connectionOptions?: { readonly host?: string; servername?: string };
}

interface Connecting {
  _createSecureConnector?(...details: readonly unknown[]): SecureConnector;
}

/**
 * Has the connections of a channel ask for no name that is an address: RFC 6066 forbids it, and Node 26 refuses it. The
 * certificate is checked against the address all the same.
 */
function namingNoAddress(made: ChannelCredentials): ChannelCredentials {
  const { _createSecureConnector: create } = made as unknown as Connecting;
  if (create === undefined) return made;
  const _createSecureConnector: typeof create = (...details) => {
    const connector = create.apply(made, [...details]);
    const { connectionOptions: options } = connector;
    if (options !== undefined && isIP(options.servername ?? '') !== 0) options.servername = '';
    return connector;
  };
  return Object.assign(made, { _createSecureConnector });
}
