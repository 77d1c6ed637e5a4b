import type { CredentialMaterial, CredentialSource } from '@keyturn/core';

/** A source whose every load gives a new token: `token-1`, `token-2` … */
export interface MintingSource extends CredentialSource {
  /** Loads so far. */
  readonly runs: number;
  /** What the next loads add to, or take from, the token. */
  change: (run: number) => CredentialMaterial | Promise<CredentialMaterial>;
}

export function mintingSource(): MintingSource {
  let runs = 0;
  const source: MintingSource = {
    name: 'minting',
    get runs() {
      return runs;
    },
    change: () => ({}),
    load: async () => {
      runs += 1;
      return { token: `token-${runs}`, ...(await source.change(runs)) };
    },
  };
  return source;
}
