import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { manualClock } from '../manual-clock.js';
import { CredentialIssuer, type IssuedCredential } from './credential-issuer.js';
import { createTestAuthority } from './test-authority.js';

const authority = await createTestAuthority();
// Not on a whole second, which is all that a certificate can tell.
const clock = manualClock(Date.UTC(2026, 0, 15) + 700);
const newIssuer = () => new CredentialIssuer({ authority, lifetimeMs: 4_000, now: clock.now });

function commonName({ clientCertificate }: IssuedCredential): string {
  return new X509Certificate(clientCertificate.certificate).subject.replace('CN=', '');
}

it('accepts a token together with its certificate, and neither alone', async () => {
  const issuer = newIssuer();
  const credential = await issuer.issue();
  expect(issuer.accepts(credential.token, commonName(credential))).toBe(true);
  expect(issuer.accepts(credential.token, undefined)).toBe(false);
  expect(issuer.accepts(undefined, commonName(credential))).toBe(false);
  expect(issuer.accepts('demo-invented', commonName(credential))).toBe(false);
});

it('accepts them until the moment of expiry', async () => {
  const issuer = newIssuer();
  const credential = await issuer.issue();
  expect(credential.expiresAt).toBe(clock.now() + 4_000);
  await clock.advance(3_999);
  expect(issuer.accepts(credential.token, commonName(credential))).toBe(true);
  await clock.advance(1);
  expect(issuer.accepts(credential.token, commonName(credential))).toBe(false);
});

it('issues a certificate that lives as long as the credential and ends on a whole second', async () => {
  const credential = await newIssuer().issue();
  const notAfter = Date.parse(
    new X509Certificate(credential.clientCertificate.certificate).validTo,
  );
  expect(notAfter).toBeGreaterThanOrEqual(credential.expiresAt);
  expect(notAfter).toBeLessThan(credential.expiresAt + 1_000);
});

it('renews the token alone in the first half of a life, and both in the second', async () => {
  const issuer = newIssuer();
  const first = await issuer.issue();
  await clock.advance(1_999);
  const second = await issuer.issue();
  expect(second.token).not.toBe(first.token);
  expect(second.clientCertificate).toEqual(first.clientCertificate);
  expect(second.expiresAt).toBe(first.expiresAt);
  await clock.advance(1);
  const third = await issuer.issue();
  expect(third.clientCertificate).not.toEqual(first.clientCertificate);
  expect(issuer.counts).toEqual({ tokens: 3, certificates: 2, revoked: 0 });
});

it('keeps the older credential good after a newer one', async () => {
  const issuer = newIssuer();
  const first = await issuer.issue();
  await clock.advance(3_000);
  await issuer.issue();
  expect(issuer.accepts(first.token, commonName(first))).toBe(true);
});

it('revokes the newest token and leaves its certificate alone', async () => {
  const issuer = newIssuer();
  const first = await issuer.issue();
  expect(issuer.revoke()).toBe(true);
  expect(issuer.accepts(first.token, commonName(first))).toBe(false);
  const second = await issuer.issue();
  expect(issuer.accepts(second.token, commonName(first))).toBe(true);
});

it('has nothing to revoke before the first token, twice, or after its expiry', async () => {
  const issuer = newIssuer();
  expect(issuer.revoke()).toBe(false);
  await issuer.issue();
  expect([issuer.revoke(), issuer.revoke()]).toEqual([true, false]);
  await issuer.issue();
  await clock.advance(4_000);
  expect(issuer.revoke()).toBe(false);
  expect(issuer.counts.revoked).toBe(1);
});
