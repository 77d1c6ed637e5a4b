import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What a TLS handshake has told about a client. */
export interface TlsClient {
  /** SHA-256 fingerprint of its certificate. */
  readonly certificate?: string;
  /** The name that it asked for (SNI). */
  readonly servername?: string;
}

export function clientOf(socket: Socket): TlsClient {
  if (!(socket instanceof TLSSocket)) return {};
  // Without a client certificate, Node gives an empty object; without a name, false.
  const { fingerprint256 } = socket.getPeerCertificate() as { readonly fingerprint256?: string };
  const { servername } = socket as { readonly servername?: string | false };
  return {
    ...(fingerprint256 !== undefined && { certificate: fingerprint256 }),
    ...(typeof servername === 'string' && { servername }),
  };
}
