import type { CredentialSource } from '@keyturn/core';
import { checkOptions } from './check-options.js';
import type { AnyGrantOptions, CheckedOptions } from './options.js';
import { TokenLoader } from './token-loader.js';

/** What `oauthSource` takes; `grant` says which others there are. */
export type OAuthSourceOptions = AnyGrantOptions;

/**
 * Makes a source of the token endpoint of an OAuth 2 authorization server: client credentials, a refresh token, token exchange or a
 * JWT. It opens no page and asks nobody.
 *
 * Secrets that are files or functions are read anew with each load. A refresh token that the server replaces goes on as the `state` of the
 * credential. A grant that the server takes no more is presented once, until it is another one or `refresh()` is called; `Retry-After` is
 * obeyed.
 *
 * Its loads throw a CredentialError with one of the codes ERR_OAUTH_…, or ERR_FILE_READ, without a secret.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 * @throws {CredentialError} ERR_ORIGIN_INSECURE for an address in plain http that is not loopback, unless `allowInsecure`.
 */
export function oauthSource(options: OAuthSourceOptions): CredentialSource {
  const checked = checkOptions(options);
  const loader = new TokenLoader(checked);
  return { name: nameOf(checked), load: (context) => loader.load(context) };
}

function nameOf({ clientId, issuer, tokenEndpoint }: CheckedOptions): string {
  const { host } = new URL(issuer ?? tokenEndpoint ?? '');
  return clientId === undefined ? `OAuth at ${host}` : `OAuth client ${clientId} at ${host}`;
}
