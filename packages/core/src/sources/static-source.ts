import type { CredentialMaterial, CredentialSource } from '../contract.js';

/** Returns a source that always gives the same material: a token from a configuration, a certificate from a file. */
export function staticSource(material: CredentialMaterial): CredentialSource {
  return {
    name: 'static',
    load: async () => material,
  };
}
