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
  return credentials.createFromSecureContext(context, verify);
}
