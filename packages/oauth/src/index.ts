export { type OAuthSourceOptions, oauthSource } from './oauth-source.js';
export type {
  ClientCredentialsOptions,
  JwtBearerOptions,
  OAuthClientOptions,
  RefreshTokenOptions,
  TokenExchangeOptions,
} from './options.js';
export type { SecretContext, SecretText } from './secret-text.js';
export { type SignedAssertionOptions, signedAssertion } from './signed-assertion.js';
export type { SigningAlgorithm, SigningKey } from './signing-key.js';
export type { FetchAnswer, FetchInit, FetchLike } from './token-fetch.js';
