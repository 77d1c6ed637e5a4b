import type { CredentialMaterial, CredentialSource, LoadContext } from '@keyturn/core';

/** An identity provider that rotates refresh tokens: one that comes a second time costs the whole login. */
export interface RotatingLogin extends CredentialSource {
  readonly refreshes: number;
  readonly reuses: number;
  /** The access token that servers take now. */
  readonly accepted: string;
  /** Has servers refuse what was given so far. */
  revokeAccess(): void;
}

export interface RotatingLoginOptions {
  readonly lifetimeMs?: number | undefined;
  /** What a refresh waits for. */
  readonly wait?: ((context: LoadContext) => Promise<void>) | undefined;
}

/** Makes a source that refreshes with the token it was given last, and with the first one of the login otherwise. */
export function rotatingLogin({
  lifetimeMs = 3_600_000,
  wait = async () => {},
}: RotatingLoginOptions = {}): RotatingLogin {
  let [number, reuses, refreshes, revocations] = [1, 0, 0, 0];
  return {
    name: 'login',
    get refreshes() {
      return refreshes;
    },
    get reuses() {
      return reuses;
    },
    get accepted() {
      return `access-${number}-${revocations}`;
    },
    revokeAccess: () => {
      revocations += 1;
    },
    load: async (context): Promise<CredentialMaterial> => {
      const { state = 'refresh-1', clock } = context;
      await wait(context);
      refreshes += 1;
      if (state !== `refresh-${number}`) {
        reuses += 1;
        throw new Error('invalid_grant');
      }
      number += 1;
      return {
        token: `access-${number}-${revocations}`,
        expiresAt: (clock?.now() ?? Date.now()) + lifetimeMs,
        state: `refresh-${number}`,
      };
    },
  };
}
