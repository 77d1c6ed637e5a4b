import {
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto';
import { promisify } from 'node:util';

/** A certificate that signs itself, and its key, which each row of the table writes in its own way. */
export interface Pair {
  /** PEM text. */
  readonly certificate: string;
  readonly key: KeyObject;
}

export type KeyType = 'RSA' | 'P-256' | 'P-384' | 'P-521' | 'Ed25519';

export interface PairOptions {
  /** Unix milliseconds; default an hour ago. */
  readonly notBefore?: number;
  /** Unix milliseconds; default an hour from now. */
  readonly notAfter?: number;
}

const generate = promisify(generateKeyPair);
const hourMs = 3_600_000;

/** Makes a key and a certificate for it. The testkit's authority knows P-256 only, and here every kind is asked for. */
export async function makePair(type: KeyType, options: PairOptions = {}): Promise<Pair> {
  const key = await makeKey(type);
  return { key, certificate: certify(key, type, options) };
}

async function makeKey(type: KeyType): Promise<KeyObject> {
  if (type === 'RSA') return (await generate('rsa', { modulusLength: 2048 })).privateKey;
  if (type === 'Ed25519') return (await generate('ed25519', {})).privateKey;
  return (await generate('ec', { namedCurve: type })).privateKey;
}

/** X.509 version 1, written by hand: a name, two times, a key and a signature are all that a comparison needs. */
function certify(key: KeyObject, type: KeyType, options: PairOptions): string {
  const now = Date.now();
  const algorithm = signatureAlgorithm(type);
  const name = sequence(der(0x31, sequence(objectId(2, 5, 4, 3), der(0x0c, Buffer.from(type)))));
  const toBeSigned = sequence(
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(time(options.notBefore ?? now - hourMs), time(options.notAfter ?? now + hourMs)),
    name,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
  );
  const signature = sign(type === 'Ed25519' ? null : 'sha256', toBeSigned, key);
  const certificate = sequence(toBeSigned, algorithm, der(0x03, Buffer.from([0]), signature));
  return new X509Certificate(certificate).toString();
}

function signatureAlgorithm(type: KeyType): Buffer {
  if (type === 'Ed25519') return sequence(objectId(1, 3, 101, 112));
  if (type === 'RSA') return sequence(objectId(1, 2, 840, 113549, 1, 1, 11), der(0x05));
  return sequence(objectId(1, 2, 840, 10045, 4, 3, 2));
}

/** GeneralizedTime: `20260102150405Z`. */
function time(unixMs: number): Buffer {
  const text = new Date(unixMs).toISOString().replace(/\.\d+|[-:T]/g, '');
  return der(0x18, Buffer.from(text));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function objectId(first: number, second: number, ...rest: readonly number[]): Buffer {
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const high = value >> 7;
  return [...(high === 0 ? [] : base128(high).map((byte) => byte | 0x80)), value & 0x7f];
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  const length =
    size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
