import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { CredentialError } from '@keyturn/core';
import { quoted } from '@keyturn/core/binding';

/** A key for AES-256: 32 bytes, or text of them in base64, base64url or hexadecimal digits. */
export type EncryptionKey = string | Uint8Array;

interface NumberedKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const format = 'keyturn1';

/**
 * Encrypts what is kept, with AES-256-GCM and the name under which it is kept as associated data: whoever moves a value to another name,
 * or changes it, is found out. The first key encrypts; each of them opens what was encrypted with it.
 */
export class Seal {
  readonly #keys: readonly NumberedKey[];

  /** @throws {TypeError} where there is no key, or one is not 32 bytes; it is never quoted. */
  constructor(keys: readonly EncryptionKey[]) {
    if (!Array.isArray(keys) || keys.length === 0) {
      throw new TypeError(
        'Option "encryptionKeys" must be a list of keys, the first of which encrypts.',
      );
    }
    this.#keys = keys.map((key, index) => numbered(bytesOf(key, index)));
  }

  seal(text: string, name: string): string {
    const { id, bytes } = this.#keys[0] as NumberedKey;
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, bytes, nonce, { authTagLength: tagBytes });
    cipher.setAAD(Buffer.from(name));
    const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const all = Buffer.concat([nonce, cipher.getAuthTag(), encrypted]);
    return `${format}.${id}.${all.toString('base64')}`;
  }

  /** @throws {CredentialError} ERR_STORE_RECORD where it was sealed with another key, under another name, or changed since. */
  open(sealed: string, name: string): string {
    const [before, id, rest = ''] = sealed.split('.');
    const key = this.#keys.find((each) => each.id === id);
    if (before !== format || key === undefined) {
      throw unreadable(name, 'is not encrypted with any of the keys that were given');
    }
    const all = Buffer.from(rest, 'base64');
    try {
      return decrypt(all, key.bytes, name);
    } catch {
      throw unreadable(name, 'was changed, or moved there from another key');
    }
  }
}

function decrypt(all: Buffer, bytes: Uint8Array, name: string): string {
  const nonce = all.subarray(0, nonceBytes);
  const tag = all.subarray(nonceBytes, nonceBytes + tagBytes);
  const decipher = createDecipheriv(algorithm, bytes, nonce, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(name));
  decipher.setAuthTag(tag);
  const encrypted = all.subarray(nonceBytes + tagBytes);
  return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8');
}

/** Makes a key: 32 random bytes in base64. */
export function newEncryptionKey(): string {
  return randomBytes(keyBytes).toString('base64');
}

function numbered(bytes: Uint8Array): NumberedKey {
  const hash = createHash('sha256').update('keyturn key id').update(bytes).digest('hex');
  return { id: hash.slice(0, 8), bytes };
}

function bytesOf(key: unknown, index: number): Uint8Array {
  const bytes = typeof key === 'string' ? decoded(key.trim()) : key;
  if (bytes instanceof Uint8Array && bytes.length === keyBytes) return Uint8Array.from(bytes);
  throw new TypeError(
    `Key ${index} of "encryptionKeys" must be ${keyBytes} bytes, or text of them in base64 or hexadecimal digits. "openssl rand -base64 32" makes one.`,
  );
}

function decoded(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  return /^[\w+/-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function unreadable(name: string, fact: string): CredentialError {
  return new CredentialError(
    'ERR_STORE_RECORD',
    `The record ${quoted(name)} ${fact}. Give the key that it was encrypted with, or call "store.delete(key)" to clear it.`,
  );
}
