import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  type CredentialManager,
  type CredentialMaterial,
  type CredentialSource,
  createCredentialManager,
} from '@keyturn/core';
import {
  createTestAuthority,
  startTestApiServer,
  type TestApiServer,
  type TestApiServerOptions,
  type TestAuthority,
} from '@keyturn/testkit';

let shared: Promise<TestAuthority> | undefined;

/** One authority for all files: making one takes longer than most tests. */
export function authority(): Promise<TestAuthority> {
  shared ??= createTestAuthority();
  return shared;
}

export async function startServer(options: TestApiServerOptions = {}): Promise<TestApiServer> {
  return startTestApiServer({ authority: await authority(), ...options });
}

/** `token-1`, `client-1`, then `token-2`, `client-2` …: the number says which load it came from. */
export interface NumberedSource extends CredentialSource {
  readonly loads: number;
}

/**
 * A source whose every load gives a new token, and a new certificate where asked.
 * @param expiresAt when the result of a load expires, Unix milliseconds; default: when its certificate does
 */
export function numberedSource(
  gives: 'token' | 'both' = 'token',
  expiresAt?: () => number,
): NumberedSource {
  let loads = 0;
  return {
    name: 'numbered',
    get loads() {
      return loads;
    },
    load: async () => {
      loads += 1;
      return { ...(await material(loads, gives)), expiresAt: expiresAt?.() };
    },
  };
}

async function material(number: number, gives: 'token' | 'both'): Promise<CredentialMaterial> {
  const token = `token-${number}`;
  if (gives === 'token') return { token };
  const commonName = `client-${number}`;
  const clientCertificate = await (await authority()).issueClientCertificate({ commonName });
  return { token, clientCertificate };
}

export function numberedManager(gives: 'token' | 'both' = 'token'): {
  readonly source: NumberedSource;
  readonly manager: CredentialManager;
} {
  const source = numberedSource(gives);
  return { source, manager: createCredentialManager({ source }) };
}

/** Reads an answer to its end. */
export async function read(
  response: IncomingMessage,
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  return { status: response.statusCode, body: await text(response) };
}
