import type { KeyObject } from 'node:crypto';
/**
 * Returns node:crypto, which is loaded with the first certificate or registry key: on Node 24 it is a tenth of what
 * importing this package takes, and a program with nothing but tokens never needs it.
 */
export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}

/**
 * Reads an unencrypted key, PEM text. With a passphrase of its own that is undefined: Node 20 aborts where it finds one on
 * Object.prototype.
 */
export function readPrivateKey(pem: string): KeyObject {
  return nodeCrypto().createPrivateKey({ key: pem, format: 'pem', passphrase: undefined });
}
