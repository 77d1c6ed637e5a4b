import tls, { type SecureContext, type SecureContextOptions } from 'node:tls';
import { type ClientCertificate, type Credential, shadowInherited } from '@keyturn/core/binding';

/** More TLS option sets than an agent meets; a caller that invents a new one per request must not fill the memory. */
const maxContexts = 100;

/**
 * The client side of a TLS connection: one for each certificate generation.
 *
 * It travels in the options of every request and socket that belongs to that generation, so it keeps its secrets where
 * no inspection reaches them. Its secure contexts go when the last of those requests and sockets is gone.
 */
export class ClientIdentity {
  readonly certificateGeneration: number;
  readonly #clientCertificate: ClientCertificate | undefined;
  readonly #contexts = new Map<string, SecureContext>();

  constructor(credential: Credential) {
    this.certificateGeneration = credential.certificateGeneration;
    this.#clientCertificate = credential.clientCertificate;
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
    const context = tls.createSecureContext(shadowInherited(this.#withCertificate(options)));
    if (this.#contexts.size >= maxContexts) this.#forgetOldest();
    this.#contexts.set(key, context);
    return context;
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
