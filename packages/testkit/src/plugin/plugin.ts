#!/usr/bin/env node
/**
 * An exec credential plugin, as a real one is: a program of its own that asks an issuer and prints an ExecCredential.
 * It runs for every load, so it imports little.
 */
import { request } from 'node:http';
import type { CredentialMaterial } from '@keyturn/core';
import { execCredential } from './exec-credential.js';
import { issuerSecretVariable, issuerUrlVariable } from './plugin-environment.js';

const knownVersions = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
] as const;
const timeoutMs = 10_000;

try {
  const apiVersion = requestedVersion(fromEnvironment('KUBERNETES_EXEC_INFO'));
  const url = loopbackUrl(fromEnvironment(issuerUrlVariable));
  const material = await askIssuer(url, fromEnvironment(issuerSecretVariable));
  process.stdout.write(execCredential({ ...material, apiVersion }));
} catch (error) {
  process.stderr.write(`keyturn-test-plugin: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set.`);
  return value;
}

/** The answer must have the version in which the client asks. */
function requestedVersion(info: string): string {
  let asked: { readonly kind?: unknown; readonly apiVersion?: unknown } | null;
  try {
    asked = JSON.parse(info);
  } catch {
    throw new Error('KUBERNETES_EXEC_INFO is not JSON.');
  }
  const version = knownVersions.find((known) => known === asked?.apiVersion);
  if (asked?.kind !== 'ExecCredential' || version === undefined) {
    throw new Error(`KUBERNETES_EXEC_INFO asks for none of ${knownVersions.join(', ')}.`);
  }
  return version;
}

/** The issuer speaks plain HTTP, and what it sends is secret: no other machine may be on the way. */
function loopbackUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    throw new Error(`${issuerUrlVariable} must be an http URL on loopback.`);
  }
  return url;
}

function askIssuer(url: URL, secret: string): Promise<CredentialMaterial> {
  return new Promise((resolve, reject) => {
    const asking = request(url, {
      method: 'POST',
      agent: false,
      timeout: timeoutMs,
      headers: { authorization: `Bearer ${secret}` },
    });
    asking.on('timeout', () => asking.destroy(new Error('The issuer does not answer.')));
    asking.on('error', reject);
    asking.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(Buffer.concat(chunks).toString()));
        else reject(new Error(`The issuer answers with status ${response.statusCode}.`));
      });
    });
    asking.end();
  });
}
