import { expect, it } from 'vitest';
import { execCredential } from './exec-credential.js';

it('encodes token, certificate, key and expiry under the names of the protocol', () => {
  const text = execCredential({
    token: 'tok-1',
    clientCertificate: { certificate: 'CERT', privateKey: 'KEY' },
    expiresAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  });
  expect(JSON.parse(text)).toEqual({
    kind: 'ExecCredential',
    apiVersion: 'client.authentication.k8s.io/v1',
    status: {
      expirationTimestamp: '2026-01-02T03:04:05.000Z',
      token: 'tok-1',
      clientCertificateData: 'CERT',
      clientKeyData: 'KEY',
    },
  });
});

it('leaves out what is not given', () => {
  const { status, apiVersion } = JSON.parse(
    execCredential({ token: 't', apiVersion: 'client.authentication.k8s.io/v1beta1' }),
  );
  expect(status).toEqual({ token: 't' });
  expect(apiVersion).toBe('client.authentication.k8s.io/v1beta1');
});
