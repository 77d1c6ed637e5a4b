import { inspect } from 'node:util';
import { createTestAuthority, type TestAuthority } from '@keyturn/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ClientCertificate, Credential } from '../contract.js';
import { mint } from './credential.js';

const secretToken = 'sekret-token-0123456789';
let authority: TestAuthority;
let pair: ClientCertificate;

beforeAll(async () => {
  authority = await createTestAuthority();
  pair = await authority.issueClientCertificate();
});

const next = (material: unknown, previous?: Credential): Credential =>
  mint(material, 'test', previous);
const refusal = (material: unknown): unknown => {
  try {
    return next(material);
  } catch (error) {
    return error;
  }
};

describe('a credential', () => {
  it.each([
    ['console.log', (c: Credential) => inspect(c)],
    [
      'a deep inspect',
      (c: Credential) => inspect(c, { depth: Infinity, showHidden: true, getters: true }),
    ],
    [
      'an inspect without custom printers',
      (c: Credential) => inspect(c, { customInspect: false, showHidden: true, depth: Infinity }),
    ],
    ['JSON', (c: Credential) => JSON.stringify({ c })],
    ['a template', (c: Credential) => `${c}`],
    ['a spread', (c: Credential) => JSON.stringify({ ...c })],
    [
      'a print of its certificate',
      (c: Credential) =>
        inspect(c.clientCertificate, { depth: Infinity, showHidden: true }) +
        JSON.stringify(c.clientCertificate),
    ],
  ])('shows no secret in %s', (_, print) => {
    const printed = print(next({ token: secretToken, clientCertificate: pair }));
    expect(printed).not.toContain(secretToken);
    expect(printed).not.toContain('PRIVATE KEY');
    expect(printed).not.toContain(pair.privateKey.split('\n')[1]);
  });

  it('says what it carries when it is printed', () => {
    const credential = next({ token: secretToken, expiresAt: Date.UTC(2026, 0, 2) });
    expect(inspect(credential)).toBe(
      "Credential {\n  generation: 1,\n  carries: [ 'token' ],\n  expiresAt: '2026-01-02T00:00:00.000Z'\n}",
    );
  });

  it('shows no secret in a copy with its prototype, as loggers that redact make one, and does not throw', () => {
    const credential = next({ token: secretToken, clientCertificate: pair });
    const copyOf = <T extends object>(value: T): T =>
      Object.assign(Object.create(Object.getPrototypeOf(value)), value);
    const copy = copyOf(credential);
    expect([copy.token, copy.headers, copy.clientCertificate]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(JSON.stringify(copy)).toBe(
      JSON.stringify({ generation: 1, expiresAt: new Date(credential.expiresAt ?? 0) }),
    );
    const { certificate, privateKey } = copyOf(credential.clientCertificate as ClientCertificate);
    expect([certificate, privateKey]).toEqual(['', '']);
  });

  it('is frozen', () => {
    expect(Object.isFrozen(next({ token: 'x' }))).toBe(true);
  });

  it('counts generations, and certificate generations apart', async () => {
    const other = await authority.issueClientCertificate();
    const first = next({ token: 'a', clientCertificate: pair });
    const tokenOnly = next({ token: 'b', clientCertificate: { ...pair } }, first);
    const both = next({ token: 'c', clientCertificate: other }, tokenOnly);
    const without = next({ token: 'c' }, both);
    const all = [first, tokenOnly, both, without];
    expect(all.map(({ generation }) => generation)).toEqual([1, 2, 3, 4]);
    expect(all.map(({ certificateGeneration }) => certificateGeneration)).toEqual([1, 1, 2, 3]);
  });

  it('expires with the earlier of the two expiries', async () => {
    const notAfter = Math.floor(Date.now() / 1_000) * 1_000 + 60_000;
    const short = await authority.issueClientCertificate({ notAfter });
    const expiry = (expiresAt?: number) => next({ clientCertificate: short, expiresAt }).expiresAt;
    expect(expiry()).toBe(notAfter);
    expect(expiry(notAfter + 1)).toBe(notAfter);
    expect(expiry(notAfter - 1)).toBe(notAfter - 1);
  });
});

describe('material is refused', () => {
  it.each([
    'sekret\nbreak',
    'sekret\rreturn',
    'sekret\0',
    'sekret\n',
    'sekret\u2603',
    'sekret caf\u00e9',
  ])('with a token that cannot stand in a header, and without quoting it', (token) => {
    const error = refusal({ token });
    expect(error).toMatchObject({ code: 'ERR_CREDENTIAL_TOKEN' });
    expect(inspect(error)).not.toContain('sekret');
  });

  it('with a key of another certificate', async () => {
    const other = await authority.issueClientCertificate();
    expect(refusal({ clientCertificate: { ...pair, privateKey: other.privateKey } })).toMatchObject(
      {
        code: 'ERR_CREDENTIAL_KEY_MISMATCH',
      },
    );
  });

  it.each([
    [
      'prose for a certificate',
      () => ({ ...pair, certificate: 'my certificate' }),
      /not a PEM certificate/,
    ],
    ['prose for a key', () => ({ ...pair, privateKey: 'my key' }), /not a PEM private key/],
    [
      'certificate and key swapped',
      () => ({ certificate: pair.privateKey, privateKey: pair.certificate }),
      /swapped/,
    ],
    ['an empty key', () => ({ ...pair, privateKey: '' }), /lacks its "privateKey"/],
    [
      'a broken chain',
      () => ({
        ...pair,
        certificate: `${pair.certificate}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
      }),
      /not a PEM certificate/,
    ],
  ])('with %s', (_, make, message) => {
    const error = refusal({ token: 'x', clientCertificate: make() }) as Error;
    expect(error).toMatchObject({ code: 'ERR_CREDENTIAL_CERTIFICATE' });
    expect(error.message).toMatch(message);
    expect(inspect(error)).not.toContain(pair.privateKey.split('\n')[1]);
  });

  it('with an encrypted key, and says so', async () => {
    const { createPrivateKey } = await import('node:crypto');
    const privateKey = createPrivateKey(pair.privateKey)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
      .toString();
    expect(refusal({ clientCertificate: { ...pair, privateKey } })).toMatchObject({
      message: expect.stringContaining('encrypted'),
    });
  });
});

it('accepts a chain after the leaf, text around the blocks, and an expired certificate', async () => {
  const old = await authority.issueClientCertificate({
    notBefore: Date.now() - 7_200_000,
    notAfter: Date.now() - 3_600_000,
  });
  const certificate = `some text\n${old.certificate}\n${authority.certificate}\n`;
  const credential = next({ clientCertificate: { ...old, certificate } });
  expect(credential.clientCertificate?.certificate).toBe(certificate);
});

it.each([
  ['a token', { token: 83_650_412 }],
  ['a material', 83_650_412],
])('is refused without its digits where it is %s that is a number', (_, material) => {
  expect(refusal(material)).toHaveProperty('message', expect.stringMatching(/ a number[,.]/));
});
