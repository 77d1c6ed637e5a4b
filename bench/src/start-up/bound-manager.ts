import { type CredentialManager, createCredentialManager, staticSource } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import type { Origin, RequestTarget } from './request-target.js';

/** What the bound clients authenticate with. */
export function boundManager(target: RequestTarget, origin: Origin): CredentialManager {
  const { token, clientCertificate } = target;
  const source =
    origin === 'static' ? staticSource({ token, clientCertificate }) : execSource(target.plugin);
  return createCredentialManager({ source });
}
