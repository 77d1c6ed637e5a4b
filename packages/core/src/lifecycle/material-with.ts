import type { CredentialMaterial } from '../contract.js';
import { memberOf } from '../inherited-names.js';

// An object, because a list could leave one out.
const fields: Readonly<Record<keyof CredentialMaterial, true>> = {
  token: true,
  headers: true,
  clientCertificate: true,
  anonymous: true,
  expiresAt: true,
  refreshAt: true,
  state: true,
};

/** Returns what `material` carries, which may be of a class, with `changes` to it. Nothing of it is checked. */
export function materialWith(
  material: CredentialMaterial,
  changes: CredentialMaterial,
): CredentialMaterial {
  const read = Object.keys(fields).map((name) => [name, memberOf(material, name)]);
  return { ...Object.fromEntries(read), ...changes };
}
