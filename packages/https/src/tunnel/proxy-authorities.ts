import { readFileSync } from 'node:fs';
import tls, { type SecureContext } from 'node:tls';
import {
  type ConnectionTrust,
  shadowInherited,
  type TlsOptions,
  tlsUnder,
} from '@keyturn/core/binding';

type Authorities = ReturnType<typeof tlsUnder>['ca'];

/**
 * Whom to believe that it is the proxy: those that Node trusts, and those of `tls.ca` beside them, by which alone kubectl verifies a
 * proxy. All that they could learn is where we connect to, and the password of the proxy.
 */
export class ProxyAuthorities {
  readonly #tls: TlsOptions | undefined;
  readonly #trust: ConnectionTrust | undefined;
  #latest: { readonly ca: Authorities; readonly context: SecureContext } | undefined;

  /** @param trust in place of `ca`, where that rotates */
  constructor(options: TlsOptions | undefined, trust: ConnectionTrust | undefined) {
    this.#tls = options;
    this.#trust = trust;
  }

  /** Undefined where Node's own is the right one. */
  context(): SecureContext | undefined {
    const { ca } = tlsUnder(this.#tls, this.#trust?.ask());
    if (ca === undefined) return undefined;
    if (this.#latest?.ca !== ca) {
      const all = [...trustedByNode(), ...([ca].flat() as (string | Buffer)[])];
      this.#latest = { ca, context: tls.createSecureContext(shadowInherited({ ca: all })) };
    }
    return this.#latest.context;
  }
}

/** Node before 22.15 does not tell what it trusts. */
type NewerTls = { readonly getCACertificates?: (which: 'default') => string[] };

function trustedByNode(): readonly string[] {
  const { getCACertificates } = tls as NewerTls;
  return getCACertificates?.('default') ?? [...tls.rootCertificates, ...extraAuthorities()];
}

/** A file that cannot be read counts for nothing, as to Node itself. */
function extraAuthorities(): string[] {
  const path = process.env['NODE_EXTRA_CA_CERTS'];
  if (!path) return [];
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    return [];
  }
}
