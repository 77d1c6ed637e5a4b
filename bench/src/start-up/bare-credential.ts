import type { ClientCertificate } from '@keyturn/core';
import type { Origin, RequestTarget } from './request-target.js';

export interface BareCredential {
  readonly token: string;
  readonly clientCertificate: ClientCertificate;
}

/** What the bare clients authenticate with, got as anyone would without a library. */
export async function bareCredential(
  target: RequestTarget,
  origin: Origin,
): Promise<BareCredential> {
  if (origin === 'static') return target;
  // Loaded here, because a program with a static credential would not load it at all.
  const { spawn } = await import('node:child_process');
  const { command, args = [] } = target.plugin;
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  const { token, clientCertificateData, clientKeyData } = JSON.parse(
    Buffer.concat(chunks).toString(),
  ).status;
  return {
    token,
    clientCertificate: { certificate: clientCertificateData, privateKey: clientKeyData },
  };
}
