import type { CredentialSource } from '@keyturn/core';
import type { TestAuthority } from '@keyturn/testkit';

/** How long each certificate lives. Milliseconds; X.509 counts whole seconds. */
const lifetimeMs = 2_000;

/** Issues a new certificate whenever it is asked: `client-1`, then `client-2` … */
export function shortLivedCertificates(authority: TestAuthority): CredentialSource {
  let number = 0;
  return {
    name: 'certificates of two seconds',
    load: async () => {
      number += 1;
      const commonName = `client-${number}`;
      const notAfter = Date.now() + lifetimeMs;
      return {
        clientCertificate: await authority.issueClientCertificate({ commonName, notAfter }),
      };
    },
  };
}
