import { authorityFault } from './authority-fault.js';
import type { TlsOptions, Trust, TrustSource } from './contract.js';
import { CredentialError, isCredentialError } from './errors.js';
import { quoted } from './printable.js';
import { publishKept, publishRenewal } from './trust-diagnostics.js';
import { isUnverified } from './unverified.js';

/** Tells whether a `tls.ca` is asked again and again, and no text or bytes. */
export function isTrustSource(ca: TlsOptions['ca'] | object): ca is TrustSource {
  if (typeof ca !== 'object' || ca === null) return false;
  return typeof (ca as Partial<TrustSource>).peek === 'function';
}

/** Returns what the connections of a binding are verified by, where that can change; undefined where `tls.ca` is fixed. */
export function connectionTrust(tls: TlsOptions | undefined): ConnectionTrust | undefined {
  const ca = tls?.ca;
  return isTrustSource(ca) ? new ConnectionTrust(ca) : undefined;
}

/** Returns `tls` with the authorities of `trust` in place of their source. */
export function tlsUnder(tls: TlsOptions | undefined, trust: Trust | undefined): TlsOptions {
  return trust === undefined ? { ...tls } : { ...tls, ca: trust.pem };
}

/**
 * How often a connection is made again because its server could not be verified, each time by other authorities than before. One is
 * enough, unless authorities are renewed faster than a connection is made.
 */
export const maxRenewals = 6;

/**
 * What the connections of one binding are verified by, where that is a TrustSource.
 *
 * It gives the same object for as long as the authorities are the same. It is asked with each connection, and with each request, too:
 * else somebody would go on over a connection that was verified by an authority which is gone. What a source cannot give, or what
 * OpenSSL cannot read, replaces nothing.
 */
export class ConnectionTrust {
  readonly #source: TrustSource;
  #held: Trust | undefined;
  /** The latest generation that could not be used. */
  #useless: number | undefined;

  constructor(source: TrustSource) {
    this.#source = source;
  }

  /**
   * Returns what is in force now. Synchronous.
   * @throws {CredentialError} what the source throws, where nothing is held; ERR_TRUST_AUTHORITY where that cannot be read.
   */
  ask(): Trust {
    const held = this.#held;
    try {
      const { generation, pem } = this.#source.peek();
      if (held?.generation === generation) return held;
      if (held !== undefined && generation === this.#useless) return held;
      this.#accept(generation, pem);
    } catch (error) {
      if (held === undefined) throw this.#explain(error);
      publishKept(this.#source, held.generation, error);
    }
    return this.#held as Trust;
  }

  /**
   * Looks again at once, because a server could not be verified by `used`. Resolves with whether something else is in force by
   * now, so that the connection is worth another try; a source that does not end is waited for no longer than ten seconds.
   */
  async renew(used: Trust | undefined): Promise<boolean> {
    try {
      if (this.ask() !== used) return true;
      await inTime(this.#source.refresh?.());
      return this.ask() !== used;
    } catch {
      // Whoever could not connect is told why, and that is not this.
      return false;
    }
  }

  /**
   * Connects, and again where the server cannot be verified and somebody else is trusted by then.
   * @param says tells whether an error says that a server could not be verified
   * @throws what `connect` throws at last
   */
  async connect<Connection>(
    connect: (trust: Trust) => Promise<Connection>,
    says: (error: unknown) => boolean = isUnverified,
  ): Promise<Connection> {
    for (let renewals = 0; ; renewals += 1) {
      const used = this.ask();
      try {
        return await connect(used);
      } catch (error) {
        const mayRenew = renewals < maxRenewals && says(error);
        if (!mayRenew || !(await this.renew(used))) throw error;
      }
    }
  }

  #accept(generation: number, pem: string): void {
    const fault = typeof pem === 'string' ? authorityFault(pem) : 'gives no PEM text';
    if (typeof generation === 'number' && fault === undefined) {
      if (this.#held !== undefined) publishRenewal(this.#source, generation);
      this.#held = Object.freeze({ generation, pem });
      return;
    }
    const fact = fault ?? 'gives no number as its generation';
    const error = new CredentialError(
      'ERR_TRUST_AUTHORITY',
      `Trust ${quoted(this.#source.name)} ${fact}.`,
    );
    if (this.#held === undefined) throw error;
    this.#useless = generation;
    publishKept(this.#source, this.#held.generation, error);
  }

  #explain(error: unknown): CredentialError {
    if (isCredentialError(error)) return error;
    return new CredentialError(
      'ERR_TRUST_FAILED',
      `Trust ${quoted(this.#source.name)} failed with something of its own.`,
      { original: error },
    );
  }
}

/** As long as clients wait for a connection. */
const patienceMs = 10_000;

/** Waits for `work`, but not for ever: what is asked for a trust is code of somebody else. */
async function inTime(work: Promise<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([work, patience]).finally(() => clearTimeout(timer));
}
