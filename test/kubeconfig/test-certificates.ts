import { createPrivateKey } from 'node:crypto';
import { createTestAuthority } from '@keyturn/testkit';

/** What a kubeconfig can hold or mix up. PEM text. */
export interface TestCertificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** Of another certificate. */
  readonly otherKey: string;
  readonly expired: string;
  readonly expiredKey: string;
  readonly encryptedKey: string;
}

const dayMs = 86_400_000;

/** Makes them anew for each run. */
export async function makeTestCertificates(): Promise<TestCertificates> {
  const authority = await createTestAuthority();
  const one = await authority.issueClientCertificate();
  const other = await authority.issueClientCertificate();
  const expired = await authority.issueClientCertificate({
    notAfter: Date.UTC(2026, 0, 1) - dayMs,
  });
  const key = createPrivateKey(one.privateKey);
  return {
    authority: authority.certificate,
    certificate: one.certificate,
    key: one.privateKey,
    otherKey: other.privateKey,
    expired: expired.certificate,
    expiredKey: expired.privateKey,
    encryptedKey: key
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 's3cret' })
      .toString(),
  };
}
