import { CredentialError, originScope, parseUrl, quoted } from '@keyturn/core/binding';
import { discoveryRequest, processDiscoveryResponse } from 'oauth4webapi';
import { type Asked, askThrough, jsonResponse } from './ask-through.js';
import type { CheckedOptions } from './options.js';
import { retryAfterMs } from './retry-after.js';
import type { Attempt } from './secret-text.js';

/** Where tokens come from. */
export interface TokenServer {
  /** Who an assertion of the client is for: the issuer, or its token endpoint where no issuer is known. */
  readonly issuer: string;
  readonly tokenEndpoint: string;
  /** Where the server takes a secret, as far as it says so. */
  readonly secretMethod: 'basic' | 'post';
}

/** Metadata change about as often as a server moves. */
const keptMs = 3_600_000;

/** Finds the token endpoint, once in an hour, and anew after a failure. */
export class TokenServerFinder {
  readonly #options: CheckedOptions;
  #found: { readonly server: TokenServer; readonly at: number } | undefined;

  constructor(options: CheckedOptions) {
    this.#options = options;
  }

  /** @throws {CredentialError} ERR_OAUTH_DISCOVERY, ERR_OAUTH_REQUEST, ERR_OAUTH_RESPONSE or ERR_ORIGIN_INSECURE */
  async find(attempt: Attempt): Promise<TokenServer> {
    const { issuer, tokenEndpoint } = this.#options;
    if (tokenEndpoint !== undefined) {
      return { issuer: issuer ?? tokenEndpoint, tokenEndpoint, secretMethod: 'basic' };
    }
    const now = attempt.clock.now();
    const ageMs = now - (this.#found?.at ?? Number.NEGATIVE_INFINITY);
    if (this.#found !== undefined && ageMs >= 0 && ageMs < keptMs) return this.#found.server;
    const server = await this.#discover(new URL(issuer ?? ''), attempt);
    this.#found = { server, at: now };
    return server;
  }

  /** Has the next load look again: the server may have moved. */
  forget(): void {
    this.#found = undefined;
  }

  async #discover(issuer: URL, attempt: Attempt): Promise<TokenServer> {
    const metadata = await this.#metadataOf(issuer, attempt);
    const aliases = this.#options.mutualTls ? own(metadata, 'mtls_endpoint_aliases') : undefined;
    const endpoint =
      (typeof aliases === 'object' && aliases !== null && own(aliases, 'token_endpoint')) ||
      own(metadata, 'token_endpoint');
    const methods = own(metadata, 'token_endpoint_auth_methods_supported');
    const takes = (method: string): boolean => Array.isArray(methods) && methods.includes(method);
    const isPost = takes('client_secret_post') && !takes('client_secret_basic');
    return {
      issuer: String(own(metadata, 'issuer')),
      tokenEndpoint: this.#endpointOf(issuer, endpoint),
      secretMethod: isPost ? 'post' : 'basic',
    };
  }

  /** OpenID Connect's place first, since more servers have that one, then the one of RFC 8414. */
  async #metadataOf(issuer: URL, attempt: Attempt): Promise<object> {
    const asked = await this.#ask(issuer, 'oidc', attempt);
    const { answer, url } =
      asked.answer.status === 404 ? await this.#ask(issuer, 'oauth2', attempt) : asked;
    const { status, text } = answer;
    let fact = `cannot be had: the answer has status ${status}`;
    try {
      if (status === 200) return await processDiscoveryResponse(issuer, jsonResponse(text));
    } catch {
      // What it throws holds what was answered.
      fact = issuerFact(text);
    }
    throw new CredentialError(
      'ERR_OAUTH_DISCOVERY',
      `The metadata of issuer ${quoted(issuer.href)}, at ${quoted(url)}, ${fact}. Check "issuer", or give "tokenEndpoint".`,
      { retryAfterMs: retryAfterMs(answer.headers, attempt.clock.now()) },
    );
  }

  async #ask(issuer: URL, algorithm: 'oidc' | 'oauth2', attempt: Attempt): Promise<Asked> {
    return askThrough(
      (options) => discoveryRequest(issuer, { ...options, algorithm }),
      this.#options,
      attempt,
    );
  }

  #endpointOf(issuer: URL, endpoint: unknown): string {
    const url = typeof endpoint === 'string' ? parseUrl(endpoint) : undefined;
    const subject = `The metadata of issuer ${quoted(issuer.href)}`;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw new CredentialError('ERR_OAUTH_DISCOVERY', `${subject} name no token endpoint.`);
    }
    const { allowInsecure } = this.#options;
    originScope({ origins: [url.href], allowInsecure });
    // A secret for a server on the network is not for a program on this machine.
    if (issuer.protocol === 'https:' && url.protocol !== 'https:' && !allowInsecure) {
      throw new CredentialError(
        'ERR_OAUTH_DISCOVERY',
        `${subject} name a token endpoint in plain http, ${quoted(url.href)}. Use https, or set "allowInsecure".`,
      );
    }
    return url.href;
  }
}

function issuerFact(text: string): string {
  try {
    const { issuer } = JSON.parse(text) as { readonly issuer?: unknown };
    return typeof issuer === 'string'
      ? `are of another issuer, ${quoted(issuer.slice(0, 200))}`
      : 'name no issuer';
  } catch {
    return 'are no JSON';
  }
}

function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name)
    ? (object as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
