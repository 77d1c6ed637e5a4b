import type { CredentialSource } from '@keyturn/core';

/** A source that refreshes at a token endpoint. The first refresh token is that of the login; the others it is given back. */
export function loginSource(url: string): CredentialSource {
  return {
    name: 'login',
    load: async ({ state = 'refresh-1', signal, clock }) => {
      const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: state });
      const askedAt = clock?.now() ?? Date.now();
      const answer = await fetch(`${url}/token`, { method: 'POST', body, signal });
      if (!answer.ok)
        throw Object.assign(new Error('The login is over.'), { code: 'INVALID_GRANT' });
      const given = (await answer.json()) as Record<'access_token' | 'refresh_token', string> & {
        readonly expires_in: number;
      };
      return {
        token: given.access_token,
        expiresAt: askedAt + given.expires_in * 1_000,
        state: given.refresh_token,
      };
    },
  };
}
