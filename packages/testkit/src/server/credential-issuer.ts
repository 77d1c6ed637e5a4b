import { randomBytes } from 'node:crypto';
import type { ClientCertificate } from '@keyturn/core';
import type { TestAuthority } from './test-authority.js';

/** A token with the certificate that goes with it. */
export interface IssuedCredential {
  readonly token: string;
  readonly clientCertificate: ClientCertificate;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

export interface CredentialIssuerParts {
  readonly authority: TestAuthority;
  /** How long a credential is good for. Milliseconds. */
  readonly lifetimeMs: number;
  /** Unix milliseconds. Default: the clock of the machine. */
  readonly now?: () => number;
}

interface Certified {
  readonly commonName: string;
  readonly clientCertificate: ClientCertificate;
  /** Unix milliseconds, to the millisecond; the certificate itself can only say whole seconds. */
  readonly expiresAt: number;
}

/**
 * Issues tokens and certificates that live shortly, and knows which of them are good.
 *
 * Who asks while more than half of a certificate's life is left gets a new token for the same certificate, as
 * after a revocation; later, both are new. So a client sees rotations of the token alone and of both.
 */
export class CredentialIssuer {
  readonly #authority: TestAuthority;
  readonly #lifetimeMs: number;
  readonly #now: () => number;
  readonly #tokens = new Map<string, number>();
  readonly #commonNames = new Map<string, number>();
  #certified: Promise<Certified> | undefined;
  #newestToken: string | undefined;
  #certificates = 0;
  #issued = 0;
  #revoked = 0;

  constructor({ authority, lifetimeMs, now = Date.now }: CredentialIssuerParts) {
    this.#authority = authority;
    this.#lifetimeMs = lifetimeMs;
    this.#now = now;
  }

  /** What it has done so far. */
  get counts(): {
    readonly tokens: number;
    readonly certificates: number;
    readonly revoked: number;
  } {
    return { tokens: this.#issued, certificates: this.#certificates, revoked: this.#revoked };
  }

  async issue(): Promise<IssuedCredential> {
    this.#forgetExpired();
    const { clientCertificate, expiresAt } = await this.#certificate();
    const token = `demo-${randomBytes(24).toString('base64url')}`;
    this.#tokens.set(token, expiresAt);
    this.#newestToken = token;
    this.#issued += 1;
    return { token, clientCertificate, expiresAt };
  }

  /** Tells whether a request with this token, from a client with this certificate, may pass right now. */
  accepts(token: string | undefined, commonName: string | undefined): boolean {
    const now = this.#now();
    return (
      now < (this.#tokens.get(token ?? '') ?? 0) &&
      now < (this.#commonNames.get(commonName ?? '') ?? 0)
    );
  }

  /** Makes the newest token worthless before its time. False when it has expired anyway. */
  revoke(): boolean {
    const token = this.#newestToken;
    if (token === undefined || this.#now() >= (this.#tokens.get(token) ?? 0)) return false;
    this.#tokens.delete(token);
    this.#revoked += 1;
    return true;
  }

  async #certificate(): Promise<Certified> {
    const held = await this.#certified;
    if (held !== undefined && held.expiresAt - this.#now() > this.#lifetimeMs / 2) return held;
    this.#certified = this.#certify();
    return this.#certified;
  }

  async #certify(): Promise<Certified> {
    const expiresAt = this.#now() + this.#lifetimeMs;
    this.#certificates += 1;
    const commonName = `demo-client-${this.#certificates}`;
    this.#commonNames.set(commonName, expiresAt);
    // Rounded up: cut down, the certificate would end before the credential does.
    const notAfter = Math.ceil(expiresAt / 1_000) * 1_000;
    const clientCertificate = await this.#authority.issueClientCertificate({
      commonName,
      notAfter,
    });
    return { commonName, clientCertificate, expiresAt };
  }

  #forgetExpired(): void {
    const now = this.#now();
    for (const known of [this.#tokens, this.#commonNames]) {
      for (const [name, expiresAt] of known) if (expiresAt <= now) known.delete(name);
    }
  }
}
