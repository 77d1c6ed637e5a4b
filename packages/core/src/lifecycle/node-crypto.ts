/**
 * Returns node:crypto, which is loaded with the first certificate or registry key: on Node 24 it is a tenth of what
 * importing this package takes, and a program with nothing but tokens never needs it.
 */
export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}
