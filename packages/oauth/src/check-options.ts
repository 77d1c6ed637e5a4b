import {
  booleanOption,
  knownOptions,
  numberOption,
  originScope,
  parseUrl,
  snapshot,
} from '@keyturn/core/binding';
import { checkGrant, grantNames, optionsOfGrant } from './check-grant.js';
import type { AnyGrantOptions, CheckedOptions, OAuthClientOptions } from './options.js';
import { checkSecret, type SecretText } from './secret-text.js';
import { checkSigningKey } from './signed-assertion.js';

const commonNames = [
  ...(['grant', 'issuer', 'tokenEndpoint', 'clientId'] as const),
  ...(['clientSecret', 'clientSecretMethod', 'clientAssertion', 'privateKey'] as const),
  ...(['assertionAudience', 'mutualTls', 'scope', 'resource', 'audience', 'parameters'] as const),
  ...(['useToken', 'lifetimeMs', 'timeoutMs', 'maxResponseBytes'] as const),
  ...(['allowInsecure', 'fetch'] as const),
] as const satisfies readonly (keyof OAuthClientOptions | 'grant')[];

const proofs = ['clientSecret', 'clientAssertion', 'privateKey'] as const;

/**
 * Returns the options as they are now, with every default filled in.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 * @throws {CredentialError} ERR_ORIGIN_INSECURE for plain http that leaves this machine.
 */
export function checkOptions(options: AnyGrantOptions): CheckedOptions {
  const named = checkGrantName(options);
  knownOptions('oauthSource', options, [...commonNames, ...optionsOfGrant(named)]);
  const given = snapshot(options);
  const allowInsecure = booleanOption('allowInsecure', given.allowInsecure, false);
  const { issuer, tokenEndpoint } = given;
  if (issuer === undefined && tokenEndpoint === undefined) {
    throw new TypeError('oauthSource takes the URL of an "issuer", or of a "tokenEndpoint".');
  }
  const checked: CheckedOptions = {
    issuer: addressOption('issuer', issuer, allowInsecure),
    tokenEndpoint: addressOption('tokenEndpoint', tokenEndpoint, allowInsecure),
    ...checkClient(given),
    grant: checkGrant(given, commonParameters(given)),
    useToken: oneOf('useToken', given.useToken, ['access_token', 'id_token']) ?? 'access_token',
    takesAnyTokenType: 'requestedTokenType' in given && given.requestedTokenType !== undefined,
    lifetimeMs:
      given.lifetimeMs === undefined
        ? undefined
        : numberOption('lifetimeMs', given.lifetimeMs, 0, 1),
    timeoutMs: numberOption('timeoutMs', given.timeoutMs, 30_000, 1),
    maxResponseBytes: numberOption('maxResponseBytes', given.maxResponseBytes, 262_144, 1),
    allowInsecure,
    fetch: functionOption('fetch', given.fetch),
  };
  checkTogether(checked, named);
  return checked;
}

function checkGrantName(options: AnyGrantOptions): AnyGrantOptions['grant'] {
  const grant =
    typeof options === 'object' && options !== null && Object.hasOwn(options, 'grant')
      ? options.grant
      : undefined;
  if (grant !== undefined && grantNames.includes(grant)) return grant;
  throw new TypeError(
    `oauthSource takes a "grant": ${grantNames.map((name) => `"${name}"`).join(', ')}.`,
  );
}

type CheckedClient = Pick<
  CheckedOptions,
  | 'clientId'
  | 'clientSecret'
  | 'clientSecretMethod'
  | 'clientAssertion'
  | 'privateKey'
  | 'assertionAudience'
  | 'mutualTls'
>;

function checkClient(given: AnyGrantOptions): CheckedClient {
  const { clientSecret, clientAssertion, privateKey } = given;
  return {
    clientId: textOption('clientId', given.clientId),
    clientSecret: secretOption('clientSecret', clientSecret),
    clientSecretMethod: oneOf('clientSecretMethod', given.clientSecretMethod, ['basic', 'post']),
    clientAssertion: secretOption('clientAssertion', clientAssertion),
    privateKey: privateKey === undefined ? undefined : checkPrivateKey(privateKey),
    assertionAudience: textOption('assertionAudience', given.assertionAudience),
    mutualTls: booleanOption('mutualTls', given.mutualTls, false),
  };
}

function checkPrivateKey(given: object): CheckedOptions['privateKey'] {
  knownOptions('Option "privateKey"', given, ['key', 'keyId', 'algorithm', 'header']);
  return checkSigningKey('oauthSource', snapshot(given) as never);
}

/** What each option may be, and what they cannot be together. */
function checkTogether(checked: CheckedOptions, grant: string): void {
  const { clientId, mutualTls, fetch, useToken, issuer } = checked;
  const given = proofs.filter((name) => checked[name] !== undefined);
  if (given.length > 1) {
    throw new TypeError(`oauthSource takes one of "${given.join('" and "')}", not both.`);
  }
  const needsClient = /^(?:client_credentials|refresh_token)$/.test(grant);
  const [proof] = given;
  if (
    clientId === undefined &&
    (needsClient || mutualTls || (proof && proof !== 'clientAssertion'))
  ) {
    throw new TypeError('oauthSource takes the "clientId" that the server knows this client by.');
  }
  if (grant === 'client_credentials' && proof === undefined && !fetch) {
    throw new TypeError(
      'oauthSource takes a "clientSecret", "clientAssertion" or "privateKey" for the grant "client_credentials", or a "fetch" that presents a client certificate.',
    );
  }
  if (mutualTls && !fetch) {
    throw new TypeError(
      'oauthSource takes a "fetch" that presents the client certificate for "mutualTls", such as the client of bindFetch.',
    );
  }
  if (useToken === 'id_token' && issuer === undefined) {
    throw new TypeError('oauthSource takes the "issuer" of an ID token for "useToken".');
  }
}

function secretOption(name: string, value: unknown): SecretText | undefined {
  return value === undefined ? undefined : checkSecret(name, value);
}

function addressOption(
  name: string,
  value: string | undefined,
  allowInsecure: boolean,
): string | undefined {
  if (value === undefined) return undefined;
  const url = typeof value === 'string' ? parseUrl(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`Option "${name}" of oauthSource must be an absolute http or https URL.`);
  }
  // A name with a password there would stand in messages.
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw new TypeError(
      `Option "${name}" of oauthSource must be a URL without a user, a password and a fragment.`,
    );
  }
  originScope({ origins: [url.href], allowInsecure });
  // As it was given: the server compares it letter by letter where an assertion is for it.
  return value;
}

// Ours are named by options of their own, which are checked.
const ownParameters =
  /^(?:grant_type|client_\w+|refresh_token|assertion|scope|resource|audience|(?:subject|actor|requested)_token\w*)$/;

function commonParameters(given: AnyGrantOptions): (readonly [name: string, value: string])[] {
  const scope = listOf('scope', given.scope);
  const more = Object.entries(snapshot(given.parameters ?? {}));
  for (const [name, value] of more) {
    if (ownParameters.test(name) || typeof value !== 'string') {
      throw new TypeError(
        `Option "parameters" of oauthSource must hold texts, and nothing that has an option of its own; "${name}" cannot stand there.`,
      );
    }
  }
  return [
    ...(scope.length === 0 ? [] : [['scope', scope.join(' ')] as const]),
    ...listOf('resource', given.resource).map((value) => ['resource', value] as const),
    ...listOf('audience', given.audience).map((value) => ['audience', value] as const),
    ...more,
  ];
}

function listOf(name: string, value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (list.every((each) => typeof each === 'string' && each !== '')) return list;
  throw new TypeError(`Option "${name}" of oauthSource must be a text, or a list of texts.`);
}

function textOption(name: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '')) return value;
  throw new TypeError(`Option "${name}" of oauthSource must be a text that is not empty.`);
}

function functionOption<F>(name: string, value: F | undefined): F | undefined {
  if (value === undefined || typeof value === 'function') return value;
  throw new TypeError(`Option "${name}" of oauthSource must be a function.`);
}

function oneOf<T extends string>(
  name: string,
  value: T | undefined,
  names: readonly T[],
): T | undefined {
  if (value === undefined || names.includes(value)) return value;
  throw new TypeError(`Option "${name}" of oauthSource must be "${names.join('" or "')}".`);
}
