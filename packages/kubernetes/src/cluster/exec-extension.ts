import { quoted } from '@keyturn/core/binding';
import type { Fields } from '../document/fields.js';

const extensionName = 'client.authentication.k8s.io/exec';

/**
 * Returns what a cluster holds for the plugins of its users: any JSON value, or undefined.
 * @throws {CredentialError} ERR_KUBECONFIG_FIELD when an extension is named twice or holds what JSON cannot.
 */
export function readExecExtension(cluster: Fields): unknown {
  let config: unknown;
  const names = new Set<string>();
  for (const extension of cluster.list('extensions')) {
    const name = extension.text('name') ?? '';
    if (names.has(name)) {
      throw extension.problem('name', `repeats ${quoted(name)}. Remove one of the two`);
    }
    names.add(name);
    if (name === extensionName) config = extension.raw('extension');
    if (name === extensionName && !isJson(config)) {
      throw extension.problem(
        'extension',
        'holds a value that JSON cannot hold, such as infinity or bytes. Write it as text',
      );
    }
  }
  return config;
}

// YAML has more than JSON: infinity, NaN, bytes, and anchors that contain themselves.
function isJson(value: unknown, parents: readonly unknown[] = []): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  if (parents.includes(value) || value instanceof Uint8Array) return false;
  return Object.values(value).every((part) => isJson(part, [...parents, value]));
}
