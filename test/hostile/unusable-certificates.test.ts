import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls, { type SecureVersion } from 'node:tls';
import { type ClientCertificate, createCredentialManager } from '@keyturn/core';
import { createTestAuthority } from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { madeCertificate, type Signer } from './made-certificate.js';

// A certificate is accepted if, and only if, some connection could present it: each verdict stands beside real handshakes.

const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
const rsa = (modulusLength: number): KeyObject =>
  generateKeyPairSync('rsa', { modulusLength }).privateKey;

const authority: Signer = { key: ec('prime256v1'), digest: 'sha256' };
const rsa2048 = rsa(2048);
const weakly = (digest: Signer['digest']): Signer => ({ key: rsa2048, digest });
const signed = (key: KeyObject, signer = authority): ClientCertificate =>
  madeCertificate(key, signer);
const followedBy = (pair: ClientCertificate, text: string): ClientCertificate => ({
  ...pair,
  certificate: pair.certificate + text,
});

const good = signed(ec('prime256v1'));
const next = signed(ec('secp384r1'));

const pairs: Readonly<Record<string, () => ClientCertificate>> = {
  'P-256': () => good,
  'P-384': () => next,
  'P-521': () => signed(ec('secp521r1')),
  secp256k1: () => signed(ec('secp256k1')),
  'P-224': () => signed(ec('secp224r1')),
  'P-192': () => signed(ec('prime192v1')),
  'brainpool 256': () => signed(ec('brainpoolP256r1')),
  'brainpool 384': () => signed(ec('brainpoolP384r1')),
  'brainpool 512': () => signed(ec('brainpoolP512r1')),
  'brainpool 256, twisted': () => signed(ec('brainpoolP256t1')),
  Ed25519: () => signed(generateKeyPairSync('ed25519').privateKey),
  Ed448: () => signed(generateKeyPairSync('ed448').privateKey),
  'RSA 2048': () => signed(rsa2048),
  'RSA 1024': () => signed(rsa(1024)),
  'RSA 512': () => signed(rsa(512)),
  'RSA-PSS': () => signed(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey),
  'signed with SHA-1': () => signed(ec('prime256v1'), weakly('sha1')),
  'signed with MD5': () => signed(ec('prime256v1'), weakly('md5')),
  'a chain': () => followedBy(good, next.certificate),
  'a chain with RSA 512 in it': () => followedBy(good, signed(rsa(512)).certificate),
  'a chain with RSA 1024 in it': () => followedBy(good, signed(rsa(1024)).certificate),
  'a chain with SHA-1 in it': () => followedBy(good, signed(rsa2048, weakly('sha1')).certificate),
  'a chain cut after ten bytes': () => followedBy(good, '-----BEGIN CERTIFICATE-----\nMIIBabcdef'),
  'a chain cut in the middle': () => followedBy(good, next.certificate.slice(0, 200)),
  'a chain cut before its last line': () =>
    followedBy(good, next.certificate.slice(0, next.certificate.indexOf('-----END'))),
  'a chain cut in its third certificate': () =>
    followedBy(good, next.certificate + good.certificate.slice(0, 100)),
  'a chain whose base64 is none': () =>
    followedBy(good, '-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n'),
  'a chain whose second certificate is none': () =>
    followedBy(good, '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'),
  'a chain of another spelling, which is none': () =>
    followedBy(good, '-----BEGIN X509 CERTIFICATE-----\nMIIB\n-----END X509 CERTIFICATE-----\n'),
  'a word behind it': () => followedBy(good, 'made by hand\n'),
  'bytes behind it that are no text': () => followedBy(good, '\0\u0001\u{fffd}'),
  'the first line of a second one, cut': () => followedBy(good, '-----BEGIN CERTIF'),
};

let server: Readonly<Record<SecureVersion | 'any', tls.Server>>;

beforeAll(async () => {
  const { certificate, privateKey } = await (await createTestAuthority()).issueServerCertificate();
  const listen = async (version?: SecureVersion): Promise<tls.Server> => {
    const versions = version === undefined ? {} : { minVersion: version, maxVersion: version };
    const options = {
      cert: certificate,
      key: privateKey,
      requestCert: true,
      rejectUnauthorized: false,
      ...versions,
    };
    const made = tls.createServer(options, (socket) => {
      socket.on('error', () => {});
      socket.end(socket.getPeerX509Certificate() === undefined ? 'nothing' : 'presented');
    });
    made.on('tlsClientError', () => {});
    await once(made.listen(0, '127.0.0.1'), 'listening');
    return made;
  };
  server = {
    'TLSv1.2': await listen('TLSv1.2'),
    'TLSv1.3': await listen('TLSv1.3'),
  } as typeof server;
});
afterAll(() => Object.values(server).forEach((each) => void each.close()));

/** What the server is shown in a real handshake, as any client of ours would make it. */
function handshake(
  { certificate, privateKey }: ClientCertificate,
  version: SecureVersion,
): Promise<string> {
  return new Promise((resolve) => {
    try {
      const { port } = server[version].address() as AddressInfo;
      const socket = tls.connect({
        host: '127.0.0.1',
        port,
        rejectUnauthorized: false,
        cert: certificate,
        key: privateKey,
      });
      socket.on('data', (text) => resolve(String(text)));
      socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(String(code)));
      socket.on('close', () => resolve('nothing'));
    } catch (error) {
      resolve(String((error as NodeJS.ErrnoException).code));
    }
  });
}

const table: string[] = [];
afterAll(() =>
  console.log(
    [
      `certificate: verdict, what TLS 1.2 and 1.3 show (OpenSSL ${process.versions.openssl})`,
      ...table,
    ].join('\n'),
  ),
);

describe('a client certificate', () => {
  it.each(Object.entries(pairs))(
    'of the kind "%s" is accepted if a connection could present it, and only then',
    async (name, make) => {
      const pair = make();
      const manager = createCredentialManager({
        source: { name: 's', load: async () => ({ clientCertificate: pair }) },
      });
      onTestFinished(() => manager.close());
      const error = await manager.current().then(
        () => undefined,
        (failure) => failure,
      );
      const shown = [await handshake(pair, 'TLSv1.2'), await handshake(pair, 'TLSv1.3')];
      const verdict =
        error === undefined ? 'accepted' : `refused: ${error.message.replace(/.*used: /, '')}`;
      table.push(`${name.padEnd(44)} ${shown.map((each) => each.padEnd(42)).join(' ')} ${verdict}`);
      expect(error === undefined).toBe(shown.includes('presented'));
      if (error !== undefined) expect(error).toMatchObject({ code: 'ERR_CREDENTIAL_CERTIFICATE' });
    },
  );

  it.each([
    [
      'a chain cut in the middle',
      /cannot be used: what follows its first certificate is cut or damaged/,
    ],
    ['RSA 512', /cannot be used: its key is too short/],
    [
      'a chain with RSA 512 in it',
      /cannot be used: a certificate of its chain has a key that is too short/,
    ],
    ['secp256k1', /cannot be used: its key is on the curve secp256k1, .* P-256, P-384 or P-521/],
  ])('says why it is refused: %s', async (name, message) => {
    const clientCertificate = pairs[name]?.();
    const manager = createCredentialManager({
      source: { name: 's', load: async () => ({ clientCertificate }) },
    });
    onTestFinished(() => manager.close());
    await expect(manager.current()).rejects.toThrow(message);
  });

  it('that cannot be used replaces none that can', async () => {
    const answers = [
      good,
      followedBy(good, next.certificate.slice(0, 200)),
      signed(ec('secp256k1')),
      next,
    ];
    const load = async () => ({ clientCertificate: answers.shift() });
    const manager = createCredentialManager({ source: { name: 's', load } });
    onTestFinished(() => manager.close());
    const held = await manager.current();
    for (const _ of [1, 2]) {
      await expect(manager.refresh()).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_CERTIFICATE' });
      expect(manager.peek()).toBe(held);
    }
    expect(await manager.refresh()).toMatchObject({ generation: 2, certificateGeneration: 2 });
  });
});
