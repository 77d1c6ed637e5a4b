import { isIP } from 'node:net';
import {
  checkServerIdentity,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls';
import {
  type ClientCertificate,
  shadowInherited,
  snapshot,
  type TlsOptions,
} from '@keyturn/core/binding';

/** How to meet a server, and as whom, in the words of undici's options `connect` and `requestTls`. */
export interface InnerTls {
  /** Holds the client certificate, and whom to trust. */
  readonly secureContext?: SecureContext;
  readonly servername?: string;
  /** Where the name of the server is an address. */
  readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined;
  readonly rejectUnauthorized?: boolean;
}

/**
 * Returns the TLS side of the connections of one certificate generation, or of nobody's.
 *
 * The secure context is made once, which undici itself does for every connection. It also keeps the private key out of
 * the options of sockets, where whoever inspects one would see it.
 * @param connect what the caller wants for every connection; our settings come before it
 */
export function innerTls(
  connect: object,
  tls: TlsOptions = {},
  clientCertificate?: ClientCertificate,
): InnerTls {
  const { servername, rejectUnauthorized, ...trust } = withoutUndefined(tls);
  const isPlain = clientCertificate === undefined && Object.keys(trust).length === 0;
  return {
    ...(!isPlain && {
      secureContext: createSecureContext(
        shadowInherited({
          ...connect,
          ...trust,
          ...identityOf(clientCertificate),
        } as SecureContextOptions),
      ),
    }),
    ...(servername !== undefined && nameOf(servername)),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  };
}

/** An address is no name to ask for (RFC 6066), and Node 26 refuses it: the certificate is checked against it. */
function nameOf(servername: string): Pick<InnerTls, 'servername' | 'checkServerIdentity'> {
  if (isIP(servername) === 0) return { servername };
  return {
    checkServerIdentity: (_host, certificate) => checkServerIdentity(servername, certificate),
  };
}

/** A certificate of the caller's own would be presented beside ours. */
function identityOf(clientCertificate: ClientCertificate | undefined): SecureContextOptions {
  if (clientCertificate === undefined) return {};
  const { certificate: cert, privateKey: key } = clientCertificate;
  return { cert, key, pfx: undefined, passphrase: undefined };
}

/** A setting that is undefined would hide Node's default. */
function withoutUndefined(tls: TlsOptions): TlsOptions {
  return snapshot(
    Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)),
  );
}
