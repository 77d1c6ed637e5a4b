import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { ClientCertificate } from '@keyturn/core';

// Certificates of every kind of key that Node can make, also of those that no library for certificates knows. Just enough
// of X.509 for that: a version 3 certificate without extensions, good for a day.

export interface Signer {
  readonly key: KeyObject;
  readonly digest: 'sha256' | 'sha1' | 'md5' | undefined;
}

/** Makes a certificate for `key`, signed by `signer`. */
export function madeCertificate(key: KeyObject, signer: Signer): ClientCertificate {
  const algorithm = sequence(
    oid(signatureOf(signer)),
    ...(signer.key.asymmetricKeyType === 'rsa' ? [Buffer.from([5, 0])] : []),
  );
  const times = [Date.now() - 60_000, Date.now() + 86_400_000].map((time) =>
    der(0x17, utcTime(time)),
  );
  const tbs = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name('signer'),
    sequence(...times),
    name(`key-${createHash('sha256').update(randomBytes(8)).digest('hex').slice(0, 8)}`),
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
  );
  const signature = sign(signer.digest, tbs, signer.key);
  const whole = sequence(tbs, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    certificate: pem(whole),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const signatures: Readonly<Record<string, string>> = {
  'rsa sha256': '1.2.840.113549.1.1.11',
  'rsa sha1': '1.2.840.113549.1.1.5',
  'rsa md5': '1.2.840.113549.1.1.4',
  'ec sha256': '1.2.840.10045.4.3.2',
};

const signatureOf = ({ key, digest }: Signer): string =>
  signatures[`${key.asymmetricKeyType} ${digest}`] ?? '';

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const hex = content.length.toString(16);
  const length = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(inSevens)]));
}

function inSevens(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}

const name = (commonName: string): Buffer =>
  sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));

const utcTime = (time: number): Buffer =>
  Buffer.from(`${new Date(time).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`);
