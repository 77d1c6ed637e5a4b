import { setTimeout as delay } from 'node:timers/promises';
import type { ClientCertificate, CredentialMaterial, CredentialSource } from '@keyturn/core';
import { identities } from '../identities.js';
import { commonNameOf, tokenOf } from './protocol.js';

/** Certificates `bench-1` and onwards, so that a rotation does not wait for a key. */
export async function issueCertificates(count: number): Promise<ClientCertificate[]> {
  const { authority } = await identities();
  const issued: ClientCertificate[] = [];
  for (let number = 1; number <= count; number += 1) {
    issued.push(await authority.issueClientCertificate({ commonName: commonNameOf(number) }));
  }
  return issued;
}

export interface RotatingCredentials {
  readonly certificates: readonly ClientCertificate[];
  readonly lifetimeMs: number;
  /** How long it takes to get one, as with a plugin that asks a server. */
  readonly loadMs: number;
}

/** A source of tokens and certificates with the numbers 1, 2, 3 … */
export function rotatingSource(credentials: RotatingCredentials): CredentialSource {
  let number = 0;
  return {
    name: 'rotating',
    load: () => {
      number += 1;
      return loadNumber(number, credentials);
    },
  };
}

async function loadNumber(
  number: number,
  { certificates, lifetimeMs, loadMs }: RotatingCredentials,
): Promise<CredentialMaterial> {
  if (loadMs > 0) await delay(loadMs);
  const expiresAt = Date.now() + lifetimeMs;
  const clientCertificate = certificates[(number - 1) % certificates.length];
  return {
    token: tokenOf(number, expiresAt),
    expiresAt,
    ...(clientCertificate && { clientCertificate }),
  };
}
