/** The stage of the conformance suite, closed when the vitest test that has set it is finished. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { CredentialMaterial } from '@keyturn/core';
import {
  type BindingUnderTest,
  createTestAuthority,
  openStage,
  type Stage,
  type StageOptions,
  startTestApiServer,
  type TestApiServer,
  type TestApiServerOptions,
  type TestAuthority,
} from '@keyturn/testkit';
import { onTestFinished } from 'vitest';

export type { Stage, StageOptions } from '@keyturn/testkit';

/** One for all tests of a file: making keys takes longer than a request. */
const sharedAuthority: Promise<TestAuthority> = createTestAuthority();

/** A server for the length of a test. */
export async function startServer(options: TestApiServerOptions = {}): Promise<TestApiServer> {
  const server = await startTestApiServer({ authority: await sharedAuthority, ...options });
  onTestFinished(() => server.close());
  return server;
}

/** The URL of a server that takes connections and says nothing, for the length of a test. */
export async function startSilence(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** For `source.change`: a certificate for each run. */
export async function certificateFor(run: number): Promise<CredentialMaterial> {
  const authority = await sharedAuthority;
  return {
    clientCertificate: await authority.issueClientCertificate({ commonName: `client-${run}` }),
  };
}

/** A server, a manager with a source, and a client bound to both. */
export async function setStage<Client>(
  adapter: BindingUnderTest<Client>,
  options: StageOptions = {},
): Promise<Stage<Client>> {
  const server = { authority: await sharedAuthority, ...options.server };
  const stage = await openStage(adapter, { ...options, server });
  onTestFinished(() => stage.close());
  return stage;
}

/** The tokens that a server saw, in order; undefined for a request without one. */
export function tokensOf({ requests }: TestApiServer): (string | undefined)[] {
  return requests.map(({ token }) => token);
}
