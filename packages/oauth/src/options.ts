import type { Grant } from './grant.js';
import type { SecretText } from './secret-text.js';
import type { SigningKey } from './signing-key.js';
import type { FetchLike } from './token-fetch.js';

/** Which server is asked, who asks, and how much it may take. */
export interface OAuthClientOptions {
  /** URL of the authorization server, whose metadata name its token endpoint. This or `tokenEndpoint`. */
  readonly issuer?: string | undefined;
  /** URL of the token endpoint. Metadata are not asked for then. */
  readonly tokenEndpoint?: string | undefined;
  readonly clientId?: string | undefined;
  /** At most one of this, `clientAssertion` and `privateKey`. */
  readonly clientSecret?: SecretText | undefined;
  /** Where the secret stands: in the header (`basic`) or in the body. Default: in the header, unless the metadata say otherwise. */
  readonly clientSecretMethod?: 'basic' | 'post' | undefined;
  /** A JWT that somebody else has signed for this client: the identity of a workload. */
  readonly clientAssertion?: SecretText | undefined;
  /** A key to sign such a JWT with for each request (`private_key_jwt`). */
  readonly privateKey?: SigningKey | undefined;
  /** Who a JWT that is signed with `privateKey` is for. Default: the issuer, or the token endpoint where no issuer is given. */
  readonly assertionAudience?: string | undefined;
  /** The client certificate on the connection says who asks (RFC 8705); `fetch` presents it. Default false. */
  readonly mutualTls?: boolean | undefined;
  /** What is asked for. A list is one text with blanks between. */
  readonly scope?: string | readonly string[] | undefined;
  /** URLs of the services that the token is for (RFC 8707). */
  readonly resource?: string | readonly string[] | undefined;
  /** Names of the services that the token is for. */
  readonly audience?: string | readonly string[] | undefined;
  /** Further parameters of the request that are not secret. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /**
   * Which of the tokens in the answer goes with requests. Default `access_token`; Kubernetes takes the `id_token`, which needs an `issuer`.
   */
  readonly useToken?: 'access_token' | 'id_token' | undefined;
  /**
   * How long a token is good for, at most. Milliseconds. Default: what `expires_in` says, else the `exp` of a JWT, else until a server
   * refuses it.
   */
  readonly lifetimeMs?: number | undefined;
  /** How long one request may take. Milliseconds, default 30_000. */
  readonly timeoutMs?: number | undefined;
  /** Default 262_144: some tokens carry hundreds of groups. */
  readonly maxResponseBytes?: number | undefined;
  /** Allow plain `http:` to hosts other than loopback. Default false: secrets would travel in clear text. */
  readonly allowInsecure?: boolean | undefined;
  /** Makes the requests: for a proxy, authorities of one's own or a client certificate. Default: the global `fetch`. */
  readonly fetch?: FetchLike | undefined;
}

/** The client itself is who the token is for (RFC 6749, 4.4). */
export interface ClientCredentialsOptions extends OAuthClientOptions {
  readonly grant: 'client_credentials';
}

/** A login of before (RFC 6749, 6). What the server puts in the place of the token goes on as the `state` of the credential. */
export interface RefreshTokenOptions extends OAuthClientOptions {
  readonly grant: 'refresh_token';
  readonly refreshToken: SecretText;
}

/** A token of somebody else's (RFC 8693). Types are URNs, or the last word of `urn:ietf:params:oauth:token-type:…`. */
export interface TokenExchangeOptions extends OAuthClientOptions {
  readonly grant: 'token_exchange';
  readonly subjectToken: SecretText;
  /** Default `access_token`. */
  readonly subjectTokenType?: string | undefined;
  /** Who acts for the subject. */
  readonly actorToken?: SecretText | undefined;
  /** Default `access_token`. */
  readonly actorTokenType?: string | undefined;
  readonly requestedTokenType?: string | undefined;
}

/** A JWT that says for whom the token is (RFC 7523, 2.1); `signedAssertion` signs one. */
export interface JwtBearerOptions extends OAuthClientOptions {
  readonly grant: 'jwt_bearer';
  readonly assertion: SecretText;
}

export type AnyGrantOptions =
  | ClientCredentialsOptions
  | RefreshTokenOptions
  | TokenExchangeOptions
  | JwtBearerOptions;

/** The options with every default filled in. */
export interface CheckedOptions {
  readonly issuer: string | undefined;
  readonly tokenEndpoint: string | undefined;
  readonly clientId: string | undefined;
  readonly clientSecret: SecretText | undefined;
  readonly clientSecretMethod: 'basic' | 'post' | undefined;
  readonly clientAssertion: SecretText | undefined;
  readonly privateKey: SigningKey | undefined;
  readonly assertionAudience: string | undefined;
  readonly mutualTls: boolean;
  readonly grant: Grant;
  readonly useToken: 'access_token' | 'id_token';
  readonly takesAnyTokenType: boolean;
  readonly lifetimeMs: number | undefined;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly allowInsecure: boolean;
  readonly fetch: FetchLike | undefined;
}
