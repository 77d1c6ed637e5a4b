import { digestOf } from './digest.js';
import { newestRefreshToken, stateBehind } from './refresh-state.js';
import { type Attempt, readSecret, type SecretText } from './secret-text.js';

/** What is exchanged for a token: the parameters of a request, those that are secrets apart. */
export interface Grant {
  /** As `grant_type` names it. */
  readonly type: string;
  /** What it is in a sentence. */
  readonly what: string;
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** By the names of the parameters; `option` is the one that it was given as. */
  readonly secrets: readonly {
    readonly name: string;
    readonly option: string;
    readonly secret: SecretText;
  }[];
}

/** A grant as it is presented once. */
export interface PresentedGrant {
  readonly parameters: URLSearchParams;
  /** Tells whether it is one of before. */
  readonly digest: string;
  /** Whether the next load can present nothing else. */
  readonly isFixed: boolean;
  /** The refresh token, where it is one. */
  readonly refreshToken: string | undefined;
  /** The state behind a load that got `refreshToken`, or got none and keeps the one presented. */
  stateBehind(refreshToken: string | undefined): string | undefined;
}

/**
 * Reads what is to be presented now.
 * @throws {CredentialError} as `readSecret`
 */
export async function present(
  grant: Grant,
  attempt: Attempt,
  state: string | undefined,
): Promise<PresentedGrant> {
  const parameters = new URLSearchParams();
  for (const [name, value] of grant.parameters) parameters.append(name, value);
  for (const { name, option, secret } of grant.secrets) {
    parameters.set(name, await readSecret(option, secret, attempt));
  }
  const isFixed = grant.secrets.every(({ secret }) => typeof secret === 'string');
  const configured = parameters.get('refresh_token');
  if (grant.type !== 'refresh_token' || configured === null) {
    const digest = digestOf(parameters.toString());
    return { parameters, digest, isFixed, refreshToken: undefined, stateBehind: () => undefined };
  }
  const refreshToken = newestRefreshToken(configured, state);
  attempt.secrets.add(refreshToken);
  parameters.set('refresh_token', refreshToken);
  return {
    parameters,
    digest: digestOf(refreshToken),
    isFixed,
    refreshToken,
    stateBehind: (next = refreshToken) => {
      attempt.secrets.add(next);
      return stateBehind(next, configured, state);
    },
  };
}
