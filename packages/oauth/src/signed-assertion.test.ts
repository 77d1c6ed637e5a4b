import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { manualClock } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import { type SignedAssertionOptions, signedAssertion } from './signed-assertion.js';
import type { SigningAlgorithm } from './signing-key.js';

const clock = manualClock();
const context = { signal: new AbortController().signal, clock };
const who = { issuer: 'robot', audience: 'https://idp.example/token' } as const;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const curve = (namedCurve: string): KeyObject =>
  generateKeyPairSync('ec', { namedCurve }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const pemOf = (key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8'): string =>
  key.export({ type, format: 'pem' } as never) as unknown as string;

const parse = (part = ''): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString());

async function sign(options: Partial<SignedAssertionOptions> & { readonly key: string }) {
  const text = await signedAssertion({ ...who, ...options })(context);
  const [header, payload, signature = ''] = text.split('.');
  return { header: parse(header), claims: parse(payload), text, signature };
}

function isSigned(text: string, key: KeyObject, alg: string): boolean {
  const [header, payload, signature = ''] = text.split('.');
  const pss = alg.startsWith('PS') ? { padding: 6, saltLength: Number(alg.slice(2)) / 8 } : {};
  const hash = /\d{3}$/.test(alg) ? `sha${alg.slice(2)}` : null;
  const how = { key: createPublicKey(key), dsaEncoding: 'ieee-p1363', ...pss } as const;
  const bytes = Buffer.from(signature, 'base64url');
  return verify(hash, Buffer.from(`${header}.${payload}`), how as never, bytes);
}

describe('an assertion', () => {
  const cases: [SigningAlgorithm, KeyObject][] = [
    ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const).map(
      (name): [SigningAlgorithm, KeyObject] => [name, rsa],
    ),
    ['ES256', curve('P-256')],
    ['ES384', curve('P-384')],
    ['ES512', curve('P-521')],
    ['EdDSA', ed25519],
  ];

  it.each(cases)('is signed with %s', async (algorithm, key) => {
    const { text, header } = await sign({ key: pemOf(key), algorithm });
    expect(header).toEqual({ alg: algorithm, typ: 'JWT' });
    expect(isSigned(text, key, algorithm === 'EdDSA' ? '' : algorithm)).toBe(true);
  });

  it.each([
    ['RS256', pemOf(rsa, 'pkcs1')],
    ['ES256', pemOf(curve('P-256'), 'sec1')],
    ['ES384', pemOf(curve('P-384'))],
    ['EdDSA', JSON.stringify(ed25519.export({ format: 'jwk' }))],
    ['PS256', pemOf(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey)],
  ])('is signed with %s where the key is one for that', async (alg, key) => {
    expect((await sign({ key })).header['alg']).toBe(alg);
  });

  it('says who, for whom, to whom and until when, and is another one each time', async () => {
    const options = { key: pemOf(ed25519), subject: 'ada', claims: { scope: 'read' } };
    const { claims } = await sign({ ...options, lifetimeMs: 300_000 });
    const iat = clock.now() / 1_000;
    expect(claims).toEqual({
      ...{ iss: 'robot', sub: 'ada', aud: who.audience, scope: 'read' },
      ...{ iat, nbf: iat, exp: iat + 300, jti: expect.any(String) },
    });
    expect((await sign(options)).claims['jti']).not.toBe(claims['jti']);
  });

  it('names its key, by the option or by the JWK, and what else stands in the header', async () => {
    const jwk = JSON.stringify({ ...ed25519.export({ format: 'jwk' }), kid: 'of-the-jwk' });
    expect((await sign({ key: jwk })).header['kid']).toBe('of-the-jwk');
    const { header } = await sign({ key: jwk, keyId: 'mine', header: { x5t: 'print' } });
    expect(header).toEqual({ alg: 'EdDSA', typ: 'JWT', kid: 'mine', x5t: 'print' });
  });

  it.each([
    ['nothing that is a key', 'not a key', 'cannot be read'],
    ['a key that breaks off', pemOf(rsa).slice(0, 400), 'cannot be read'],
    ['JSON that is none', '{"kty":"RSA"}', 'cannot be read'],
    [
      'a key with a passphrase',
      rsa.export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-128-cbc',
        passphrase: 'x',
      }) as string,
      'is encrypted',
    ],
    [
      'a key that signs nothing',
      pemOf(generateKeyPairSync('x25519').privateKey),
      'is of a kind that signs no assertions',
    ],
    ['a curve that JWTs have no name for', pemOf(curve('secp256k1')), 'is of a kind that signs no'],
  ])('is not made with %s, of which nothing is quoted', async (_, key, words) => {
    const error = await sign({ key }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_OAUTH_SECRET' });
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).not.toContain(key.split('\n')[1] ?? key);
  });

  it('says whose option it is that is missing', () => {
    const options = { issuer: 'a', audience: 'b' } as never;
    expect(() => signedAssertion(options)).toThrow('"key" of signedAssertion must be');
  });

  it('is not made with an algorithm for another key', async () => {
    const wrong = sign({ key: pemOf(rsa), algorithm: 'ES256' });
    await expect(wrong).rejects.toThrow('does not sign with ES256');
  });

  it.each([
    [{ issuer: '' }, '"issuer" of signedAssertion must be a text'],
    [{ audience: undefined }, '"audience" of signedAssertion must be a text'],
    [{ key: undefined }, '"key" of'],
    [{ algorithm: 'none' }, '"algorithm" of signedAssertion must be one of'],
    [{ lifetimeMs: 10 }, '"lifetimeMs" must be a number of at least 1000'],
    [{ expiresIn: 10 }, 'has no option "expiresIn"'],
  ])('is made of options: %o', (changes, words) => {
    const make = (): unknown =>
      signedAssertion({ ...who, key: 'x', ...changes } as SignedAssertionOptions);
    expect(make).toThrow(words);
  });
});
