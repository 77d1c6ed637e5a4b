import type { Grant } from './grant.js';
import type { AnyGrantOptions } from './options.js';
import { checkSecret } from './secret-text.js';

type GrantName = AnyGrantOptions['grant'];

interface GrantRule {
  readonly type: string;
  readonly what: string;
  /** Options that are secrets, by the parameter they become; `?` behind those that may be left out. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Options that are types of tokens, with what each is where it is left out and the secret is there. */
  readonly types?: Readonly<Record<string, { readonly option: string; readonly of?: string }>>;
}

const rules: Readonly<Record<GrantName, GrantRule>> = {
  client_credentials: { type: 'client_credentials', what: 'client', secrets: {} },
  refresh_token: {
    type: 'refresh_token',
    what: 'refresh token',
    secrets: { refresh_token: 'refreshToken' },
  },
  token_exchange: {
    type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    what: 'token to exchange',
    secrets: { subject_token: 'subjectToken', actor_token: 'actorToken?' },
    types: {
      subject_token_type: { option: 'subjectTokenType', of: 'subjectToken' },
      actor_token_type: { option: 'actorTokenType', of: 'actorToken' },
      requested_token_type: { option: 'requestedTokenType' },
    },
  },
  jwt_bearer: {
    type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    what: 'assertion',
    secrets: { assertion: 'assertion' },
  },
};

export const grantNames: readonly string[] = Object.keys(rules);

/** The options that one grant has and the others have not. */
export function optionsOfGrant(grant: GrantName): readonly string[] {
  const { secrets, types = {} } = rules[grant];
  return [
    ...Object.values(secrets).map((option) => option.replace('?', '')),
    ...Object.values(types).map(({ option }) => option),
  ];
}

/**
 * Makes a grant of the options for it.
 * @param common the parameters that every grant may have
 * @throws {TypeError} naming the option that is missing or has a nonsensical value.
 */
export function checkGrant(
  options: AnyGrantOptions,
  common: readonly (readonly [name: string, value: string])[],
): Grant {
  const { type, what, secrets, types = {} } = rules[options.grant];
  const given = options as unknown as Readonly<Record<string, unknown>>;
  const wanted = Object.entries(secrets)
    .map(([name, rule]) => ({ name, option: rule.replace('?', ''), mayLack: rule.endsWith('?') }))
    .filter(({ option, mayLack }) => !mayLack || given[option] !== undefined);
  const typeParameters = Object.entries(types).flatMap(([name, { option, of }]) => {
    const usual = of !== undefined && given[of] !== undefined ? 'access_token' : undefined;
    const value = given[option] ?? usual;
    return value === undefined ? [] : [[name, tokenType(option, value)] as const];
  });
  return {
    type,
    what,
    parameters: [...common, ...typeParameters],
    secrets: wanted.map(({ name, option }) => ({
      name,
      option,
      secret: checkSecret(option, given[option]),
    })),
  };
}

function tokenType(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(`Option "${option}" of oauthSource must be the type of a token.`);
  return value.includes(':') ? value : `urn:ietf:params:oauth:token-type:${value}`;
}
