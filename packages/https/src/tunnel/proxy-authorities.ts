import { readFileSync } from 'node:fs';
import tls, { type SecureContext } from 'node:tls';
import {
  type ConnectionTrust,
  shadowInherited,
  type TlsOptions,
  tlsUnder,
} from '@keyturn/core/binding';

/**
 * Whom to believe that it is the proxy: those that Node trusts, and those of `tls.ca` beside them, by which alone kubectl verifies a
 * proxy. All that they could learn is where we connect to, and the password of the proxy.
 */
export class ProxyAuthorities {
  readonly #tls: TlsOptions | undefined;
  readonly #trust: ConnectionTrust | undefined;

  /** @param trust in place of `ca`, where that rotates */
  constructor(options: TlsOptions | undefined, trust: ConnectionTrust | undefined) {
    this.#tls = options;
    this.#trust = trust;
  }

  /** Undefined where Node's own is the right one. */
  context(): SecureContext | undefined {
    const { ca } = tlsUnder(this.#tls, this.#trust?.ask());
    if (ca === undefined) return undefined;
    const own = [...extraAuthorities(), ...([ca].flat() as (string | Buffer)[])];
    return contextBeside(trustedByNode(), own.map(String));
  }
}

/**
 * Contexts by what they are made of, the latest last. Node takes half a tenth of a second to read all that it trusts, and a WebSocket
 * has an agent of its own.
 */
const contexts = new WeakMap<readonly string[], Map<string, SecureContext>>();
const mostContexts = 8;

function contextBeside(trusted: readonly string[], own: readonly string[]): SecureContext {
  const known = contexts.get(trusted) ?? new Map<string, SecureContext>();
  contexts.set(trusted, known);
  const key = JSON.stringify(own);
  const context =
    known.get(key) ?? tls.createSecureContext(shadowInherited({ ca: [...trusted, ...own] }));
  known.delete(key);
  known.set(key, context);
  const [oldest] = known.keys();
  if (known.size > mostContexts && oldest !== undefined) known.delete(oldest);
  return context;
}

/** Node before 22.15 does not tell what it trusts. */
type NewerTls = { readonly getCACertificates?: (which: 'default') => string[] };

/** The same list for as long as it says the same. */
function trustedByNode(): readonly string[] {
  const { getCACertificates } = tls as NewerTls;
  return getCACertificates?.('default') ?? tls.rootCertificates;
}

/** A file that cannot be read counts for nothing, as to Node itself; newer ones have it among what they trust. */
function extraAuthorities(): string[] {
  const path = process.env['NODE_EXTRA_CA_CERTS'];
  if (!path || 'getCACertificates' in tls) return [];
  try {
    return [readFileSync(path, 'utf8')];
  } catch {
    return [];
  }
}
