import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { createTestAuthority, type TestAuthority } from './test-authority.js';

const authority = await createTestAuthority({ commonName: 'An authority, with a comma' });
const root = new X509Certificate(authority.certificate);

it('signs its own certificate', () => {
  expect(root.ca).toBe(true);
  expect(root.subject).toBe('CN=An authority\\, with a comma');
  expect(root.verify(root.publicKey)).toBe(true);
});

it('issues a client certificate that belongs to its key and to the authority', async () => {
  const { certificate, privateKey } = await authority.issueClientCertificate({ commonName: 'ann' });
  const leaf = new X509Certificate(certificate);
  expect(leaf.subject).toBe('CN=ann');
  expect(leaf.checkIssued(root)).toBe(true);
  expect(leaf.verify(root.publicKey)).toBe(true);
  expect(leaf.checkPrivateKey(createPrivateKey(privateKey))).toBe(true);
  expect(leaf.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
});

it('is told from another one of its name, where both are trusted', async () => {
  const [one, other] = await Promise.all([createTestAuthority(), createTestAuthority()]);
  const leaf = new X509Certificate((await one.issueServerCertificate()).certificate);
  const isFrom = ({ certificate }: TestAuthority): boolean =>
    leaf.checkIssued(new X509Certificate(certificate));
  expect([isFrom(one), isFrom(other)]).toEqual([true, false]);
});

it('gives each certificate a key and a serial number of its own', async () => {
  const [first, second] = await Promise.all([
    authority.issueClientCertificate(),
    authority.issueClientCertificate(),
  ]);
  expect(first.privateKey).not.toBe(second.privateKey);
  const serials = [first, second].map((pair) => new X509Certificate(pair.certificate).serialNumber);
  expect(serials[0]).not.toBe(serials[1]);
});

it('dates a client certificate as asked, also in the past', async () => {
  const notAfter = Date.UTC(2020, 0, 1);
  const { certificate } = await authority.issueClientCertificate({ notAfter });
  const leaf = new X509Certificate(certificate);
  expect(Date.parse(leaf.validTo)).toBe(notAfter);
  expect(Date.parse(leaf.validFrom)).toBe(notAfter - 60_000);
});

it('issues a server certificate for the hosts asked for', async () => {
  const { certificate } = await authority.issueServerCertificate({ hosts: ['api.test', '::1'] });
  const leaf = new X509Certificate(certificate);
  expect(leaf.checkHost('api.test')).toBe('api.test');
  expect(leaf.checkIP('::1')).toBe('::1');
  expect(leaf.checkHost('localhost')).toBeUndefined();
});

it('answers for loopback in every spelling by default', async () => {
  const leaf = new X509Certificate((await authority.issueServerCertificate()).certificate);
  expect(leaf.checkHost('localhost')).toBe('localhost');
  expect(leaf.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(leaf.checkIP('::1')).toBe('::1');
});
