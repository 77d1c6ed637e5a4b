import type { ClientCertificate, CredentialMaterial, CredentialSource } from '@keyturn/core';
import { createTestAuthority, type TestAuthority } from '@keyturn/testkit';

// Shared by all files that run in this worker: making keys takes longer than the requests they serve.
let shared: Promise<TestAuthority> | undefined;
const issued = new Map<number, Promise<ClientCertificate>>();

/** The one authority of all load tests. */
export function loadAuthority(): Promise<TestAuthority> {
  shared ??= createTestAuthority();
  return shared;
}

/** Returns the certificate of `client-NUMBER`, issued once. */
export async function certificateOf(number: number): Promise<ClientCertificate> {
  const authority = await loadAuthority();
  const known = issued.get(number);
  if (known !== undefined) return known;
  const certificate = authority.issueClientCertificate({ commonName: `client-${number}` });
  issued.set(number, certificate);
  return certificate;
}

/** Issues what a load with that many rotations needs, so that a rotation takes no longer than a real one. */
export async function issueCertificates(count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) await certificateOf(number);
}

export interface RotatingSource extends CredentialSource {
  /** Of the latest load: it gave `token-NUMBER`. */
  readonly number: number;
}

/**
 * A source that gives `token-1` with `client-1`, then `token-2` with `client-2` …
 * @param rotates `token`: the certificate stays that of `client-1`
 */
export function rotatingSource(rotates: 'token' | 'both'): RotatingSource {
  let number = 0;
  return {
    name: 'rotating',
    get number() {
      return number;
    },
    load: async (): Promise<CredentialMaterial> => {
      const next = number + 1;
      const clientCertificate = await certificateOf(rotates === 'both' ? next : 1);
      number = next;
      return { token: `token-${next}`, clientCertificate };
    },
  };
}
