import tls, { type SecureContext, type SecureContextOptions } from 'node:tls';
import {
  type ClientCertificate,
  type Credential,
  shadowInherited,
  type Trust,
} from '@keyturn/core/binding';

/** More TLS option sets than an agent meets; a caller that invents a new one per request must not fill the memory. */
const maxContexts = 100;

/**
 * The client side of a TLS connection: one for each certificate generation, and for each of the trust where that rotates.
 *
 * It travels in the options of every request and socket that belongs to that generation, so it keeps its secrets where
 * no inspection reaches them. Its secure contexts go when the last of those requests and sockets is gone.
 */
export class ClientIdentity {
  /** 0 where it is nobody's. */
  readonly certificateGeneration: number;
  /** What its connections are verified by; undefined where that does not rotate. */
  readonly trust: Trust | undefined;
  /** Whether another one has taken its place: its connections end with their requests. */
  isOver = false;
  readonly #clientCertificate: ClientCertificate | undefined;
  readonly #contexts = new Map<string, SecureContext>();

  constructor(
    credential: Pick<Credential, 'certificateGeneration' | 'clientCertificate'>,
    trust?: Trust,
  ) {
    this.certificateGeneration = credential.certificateGeneration;
    this.trust = trust;
    this.#clientCertificate = credential.clientCertificate;
  }

  /** For connections that present nothing, and yet drain when the trust rotates. */
  static nobody(trust: Trust): ClientIdentity {
    return new ClientIdentity({ certificateGeneration: 0 }, trust);
  }

  get isNobody(): boolean {
    return this.certificateGeneration === 0;
  }

  /** Tells apart the connections and TLS sessions of different certificates and trusts. */
  get poolName(): string {
    return this.trust === undefined
      ? `keyturn-${this.certificateGeneration}`
      : `keyturn-${this.certificateGeneration}-${this.trust.generation}`;
  }

  /** Returns the same identity with connections that are verified by `trust`. */
  under(trust: Trust | undefined): ClientIdentity {
    if (trust === this.trust) return this;
    const { certificateGeneration } = this;
    return new ClientIdentity(
      { certificateGeneration, clientCertificate: this.#clientCertificate },
      trust,
    );
  }

  get hasCertificate(): boolean {
    return this.#clientCertificate !== undefined;
  }

  /**
   * Returns the secure context for `options`, made once for each `key`: making one costs as much as several requests.
   * @param key differs wherever the TLS options differ
   */
  contextFor(key: string, options: SecureContextOptions): SecureContext {
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    const context = tls.createSecureContext(shadowInherited(this.#withTrust(options)));
    if (this.#contexts.size >= maxContexts) this.#forgetOldest();
    this.#contexts.set(key, context);
    return context;
  }

  #withTrust(options: SecureContextOptions): SecureContextOptions {
    const certified = this.#withCertificate(options);
    return this.trust === undefined ? certified : { ...certified, ca: this.trust.pem };
  }

  #withCertificate(options: SecureContextOptions): SecureContextOptions {
    if (this.#clientCertificate === undefined) return options;
    const { certificate, privateKey } = this.#clientCertificate;
    // A certificate of the caller's own would be presented beside ours.
    return {
      ...options,
      cert: certificate,
      key: privateKey,
      pfx: undefined,
      passphrase: undefined,
    };
  }

  #forgetOldest(): void {
    for (const key of this.#contexts.keys()) {
      this.#contexts.delete(key);
      return;
    }
  }
}
