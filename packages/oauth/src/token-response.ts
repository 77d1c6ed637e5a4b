import type { CredentialError, CredentialMaterial } from '@keyturn/core';
import { snapshot } from '@keyturn/core/binding';
import { processGenericTokenEndpointResponse } from 'oauth4webapi';
import { type Asked, jsonResponse } from './ask-through.js';
import { unusable } from './oauth-failure.js';
import type { CheckedOptions } from './options.js';
import { algorithmNames } from './signing-key.js';
import type { TokenServer } from './token-server.js';

/** What of a token response goes on. */
export interface ReadToken extends Pick<CredentialMaterial, 'token' | 'expiresAt'> {
  readonly refreshToken: string | undefined;
}

/**
 * Reads the JSON object of a successful answer.
 * @param startedAt when it was asked for; what lasts "for an hour" lasts from there. Unix milliseconds.
 * @throws {CredentialError} ERR_OAUTH_RESPONSE, saying what is wrong and quoting nothing.
 */
export async function readTokenResponse(
  { url }: Asked,
  body: object,
  server: TokenServer,
  options: CheckedOptions,
  startedAt: number,
): Promise<ReadToken> {
  const { useToken } = options;
  await judge(url, body, server, options);
  const token = own(body, useToken);
  if (typeof token !== 'string' || token === '') throw unusable(url, `without "${useToken}"`);
  const expiresIn = useToken === 'access_token' ? own(body, 'expires_in') : undefined;
  const ends = [
    expiresIn === undefined || expiresIn === null
      ? jwtExpiry(token)
      : startedAt + Number(expiresIn) * 1_000,
    options.lifetimeMs === undefined ? undefined : startedAt + options.lifetimeMs,
  ].filter((end) => end !== undefined);
  const refreshToken = own(body, 'refresh_token');
  return {
    token,
    ...(ends.length === 0 ? {} : { expiresAt: Math.min(...ends) }),
    refreshToken: typeof refreshToken === 'string' ? refreshToken : undefined,
  };
}

/** Has the library judge everything that is used, and nothing else: a scope or an ID token that nobody reads may be as it likes. */
async function judge(
  url: string,
  body: object,
  { issuer, tokenEndpoint }: TokenServer,
  { useToken, clientId = 'none', takesAnyTokenType }: CheckedOptions,
): Promise<void> {
  const names = ['access_token', 'token_type', 'expires_in', 'refresh_token'];
  const used = useToken === 'id_token' ? [...names, 'id_token'] : names;
  // Some write null where they mean nothing.
  const fields = used.map((name) => [name, own(body, name) ?? undefined]);
  const judged: object = Object.fromEntries(fields);
  const type = own(body, 'token_type');
  const kind = typeof type === 'string' ? type.toLowerCase() : undefined;
  const isTaken = kind === 'bearer' || (takesAnyTokenType && kind === 'n_a');
  if (!isTaken) throw unusable(url, faultOfType(type));
  const metadata = snapshot({
    ...{ issuer, token_endpoint: tokenEndpoint },
    // The connection says whose the ID token is, and who verifies it is the server that it is for.
    id_token_signing_alg_values_supported: [...algorithmNames],
  });
  try {
    const recognizedTokenTypes = { n_a: () => {} };
    const client = snapshot({ client_id: clientId });
    const response = jsonResponse(JSON.stringify(judged));
    await processGenericTokenEndpointResponse(metadata, client, response, { recognizedTokenTypes });
  } catch (error) {
    throw unusable(url, faultOf(error));
  }
}

function faultOfType(type: unknown): string {
  if (typeof type !== 'string') return 'without "token_type"';
  return /^[\w-]{1,40}$/.test(type)
    ? `with a token of type "${type}", where a bearer token is wanted`
    : 'with a token of a type that is none';
}

/** Names the field that the library has said something about; what hangs on its error holds the answer. */
function faultOf(error: unknown): string {
  const { message } = error as CredentialError;
  const [, field] = /"(access_token|expires_in|refresh_token|scope|id_token)"/.exec(message) ?? [];
  if (field !== undefined) return `with a "${field}" that is missing or cannot be used`;
  return /JWT|ID Token/.test(message)
    ? 'with an ID token that is not for this client, or not valid now'
    : 'with something that is no token';
}

/**
 * Tells when a token expires that is a JWT, by its `exp`, which nobody verifies here: it only decides when to ask for the next one.
 * @returns Unix milliseconds; undefined where it says nothing, or is something else.
 */
function jwtExpiry(token: string): number | undefined {
  const [, payload = ''] = /^eyJ[\w-]*\.([\w-]+)\.[\w-]*$/.exec(token) ?? [];
  try {
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
      readonly exp?: unknown;
    };
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name)
    ? (object as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
