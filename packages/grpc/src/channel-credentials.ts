import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { type ChannelCredentials, credentials, type VerifyOptions } from '@grpc/grpc-js';
import {
  type ClientCertificate,
  shadowInherited,
  snapshot,
  type TlsOptions,
} from '@keyturn/core/binding';

/**
 * Returns what a channel meets its server with. Call credentials come with each call: a channel outlives many tokens.
 *
 * The context is our own because gRPC's `createSsl` takes no TLS versions.
 */
export function channelCredentials(
  { ca, minVersion, maxVersion, rejectUnauthorized }: TlsOptions,
  clientCertificate?: ClientCertificate,
): ChannelCredentials {
  const verify: VerifyOptions = snapshot(
    rejectUnauthorized === undefined ? {} : { rejectUnauthorized },
  );
  const context = createSecureContext(
    shadowInherited({
      ca: ca === undefined ? undefined : [ca].flat(),
      cert: clientCertificate?.certificate,
      key: clientCertificate?.privateKey,
      minVersion,
      maxVersion,
    }),
  );
  return namingNoAddress(credentials.createFromSecureContext(context, verify));
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
