import type { ClientCertificate } from '@keyturn/core';
import { createTestAuthority, type TestAuthority } from '@keyturn/testkit';

/** What a server presents, and whom it trusts. PEM. */
export interface ServerIdentity {
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** What both sides of a measurement need. Made once in a run: keys take their time. */
export interface Identities {
  readonly authority: TestAuthority;
  readonly server: ServerIdentity;
  readonly client: ClientCertificate;
}

let made: Promise<Identities> | undefined;

/** The identities of this run. */
export function identities(): Promise<Identities> {
  made ??= makeIdentities();
  return made;
}

async function makeIdentities(): Promise<Identities> {
  const authority = await createTestAuthority({ commonName: 'Keyturn bench authority' });
  const [server, client] = await Promise.all([
    authority.issueServerCertificate(),
    authority.issueClientCertificate({ commonName: 'bench' }),
  ]);
  return { authority, server: { ca: authority.certificate, ...server }, client };
}
