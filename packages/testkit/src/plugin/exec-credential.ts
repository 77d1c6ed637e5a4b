import type { CredentialMaterial } from '@keyturn/core';

/** What an exec credential plugin should print. */
export interface ExecCredentialOptions extends CredentialMaterial {
  /** Default `client.authentication.k8s.io/v1`. */
  readonly apiVersion?: string;
}

/**
 * Encodes an ExecCredential the way a plugin prints it: one JSON object and a line break.
 * Fields that are not given are left out.
 */
export function execCredential(options: ExecCredentialOptions): string {
  const { token, clientCertificate, expiresAt } = options;
  const status = {
    expirationTimestamp: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
    token,
    clientCertificateData: clientCertificate?.certificate,
    clientKeyData: clientCertificate?.privateKey,
  };
  const apiVersion = options.apiVersion ?? 'client.authentication.k8s.io/v1';
  return `${JSON.stringify({ kind: 'ExecCredential', apiVersion, status })}\n`;
}
