import { readFile } from 'node:fs/promises';
import type { CredentialSource } from '@keyturn/core';

/** Reads a token from a file that is replaced now and then, as a mounted service-account token is. */
export function tokenFileSource(path: string): CredentialSource {
  return {
    name: `token file "${path}"`,
    load: async ({ signal }) => {
      const token = (await readFile(path, { encoding: 'utf8', signal })).trim();
      // The file does not say when it changes: look again after a minute.
      return { token, expiresAt: Date.now() + 60_000 };
    },
  };
}
