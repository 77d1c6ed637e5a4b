import { readFile } from 'node:fs/promises';
import type { CredentialSource } from '@keyturn/core';

/** Reads a token from a file that is replaced now and then, as a mounted service-account token is. */
export function tokenFileSource(path: string): CredentialSource {
  let last: string | undefined;
  return {
    name: `token file "${path}"`,
    load: async ({ reason, signal, clock = { now: Date.now } }) => {
      try {
        last = (await readFile(path, { encoding: 'utf8', signal })).trim();
      } catch (error) {
        // A file that is away for a while takes nothing from the token, unless a server has refused it.
        if (last === undefined || reason === 'rejected') throw error;
      }
      // The file does not say when it changes: look again after a minute.
      return { token: last, expiresAt: clock.now() + 60_000 };
    },
  };
}
