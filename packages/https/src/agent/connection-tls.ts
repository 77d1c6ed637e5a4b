import type { RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity, type SecureContext } from 'node:tls';
import { isTrustSource, shadowInherited, snapshot, type TlsOptions } from '@keyturn/core/binding';
import type { AgentScope } from './agent-scope.js';
import type { ClientIdentity } from './client-identity.js';
import { withoutGuard } from './past-the-agent.js';

/** What a secure context holds already: the socket would keep the PEM text for anyone who inspects it. */
const inContext = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  pfx: undefined,
  passphrase: undefined,
};

/** The socket outlives the request it was opened for, and remembers its options. */
const withoutRequest = { headers: undefined, auth: undefined };

/** What `tls.connect()` has a default for, and puts under what it is given: an `undefined` would hide that. */
const namesWithDefaults = ['checkServerIdentity', 'ciphers', 'minDHSize', 'rejectUnauthorized'];

type ConnectionOptions = RequestOptions & { readonly secureContext?: SecureContext };

/**
 * How to meet a server, and as whom.
 *
 * These settings are kept out of the agent's own options, where their PEM text would be part of every pool name.
 */
export class ConnectionTls {
  readonly #scope: AgentScope;
  readonly #inScope: RequestOptions;
  readonly #elsewhere: RequestOptions;

  constructor(options: TlsOptions | undefined, scope: AgentScope) {
    this.#scope = scope;
    const tls = snapshot<TlsOptions>(options ?? {});
    // A setting that is undefined would hide Node's default.
    const given = Object.entries(tls).filter(
      // What rotates comes with the identity.
      ([, value]) => value !== undefined && !isTrustSource(value),
    );
    this.#inScope = { ...Object.fromEntries(given), ...nameOf(tls) };
    // Another server has another name. Whom to trust is the program's choice for all of them, as with any agent.
    this.#elsewhere = Object.fromEntries(given.filter(([name]) => name !== 'servername'));
  }

  /**
   * Completes the options of a new connection.
   * @param key tells apart what differs in its TLS options: one secure context for all of them would hide a `ca` that
   * was given with a single request
   */
  complete(
    options: RequestOptions,
    identity: ClientIdentity | undefined,
    key: () => string,
  ): ConnectionOptions {
    const settings = this.#scope(options) ? this.#inScope : this.#elsewhere;
    const merged = completeOwn({ ...withoutGuard(options), ...withoutRequest, ...settings });
    if (identity === undefined) return merged;
    const secureContext = identity.contextFor(key(), merged);
    return { ...merged, ...inContext, secureContext };
  }
}

/** Has `options` inherit nothing, whoever copies them later. */
function completeOwn(options: ConnectionOptions): ConnectionOptions {
  const given = snapshot(options);
  const shadowed = shadowInherited(given, namesWithDefaults);
  if (shadowed === given) return given;
  const set = Object.entries(shadowed).filter(
    ([name, value]) => value !== undefined || !namesWithDefaults.includes(name),
  );
  return snapshot(Object.fromEntries(set)) as ConnectionOptions;
}

/** An address is no name to ask for (RFC 6066), and Node will come to ignore it: the certificate is checked against it. */
function nameOf({ servername }: TlsOptions): RequestOptions {
  if (servername === undefined || isIP(servername) === 0) return {};
  return {
    servername: '',
    checkServerIdentity: (_host, certificate) => checkServerIdentity(servername, certificate),
  };
}
