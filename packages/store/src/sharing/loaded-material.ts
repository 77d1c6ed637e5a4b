import type { CredentialMaterial } from '@keyturn/core';
import { materialWith, mint, refreshTimeOf, stateOf } from '@keyturn/core/lifecycle';

/** Material that no manager would take, and what of it is kept all the same. */
export class Unfit {
  readonly error: unknown;
  readonly state: string | undefined;

  constructor(error: unknown, state: string | undefined) {
    this.error = error;
    this.state = state;
  }
}

/** Returns what a source gave, where a manager would take it. @throws {Unfit} */
export function checkedMaterial(
  material: CredentialMaterial,
  sourceName: string,
): CredentialMaterial {
  try {
    mint(material, sourceName, undefined);
    refreshTimeOf(material, sourceName);
    return material;
  } catch (error) {
    throw new Unfit(error, stateOf(material));
  }
}

/** Returns what of it can be written as text: the parts of material may be of a class, and have getters. */
export function plainMaterial(material: CredentialMaterial): CredentialMaterial {
  const { headers, clientCertificate: pair, ...rest } = materialWith(material, {});
  return {
    ...rest,
    headers: headers && { ...headers },
    clientCertificate: pair && { certificate: pair.certificate, privateKey: pair.privateKey },
  };
}
