/** What the tests of this package share: a server, a manager, and a dispatcher between them. */
import {
  type Clock,
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
import { type Dispatcher, request } from 'undici';
import { onTestFinished } from 'vitest';
import {
  CredentialDispatcher,
  type CredentialDispatcherOptions,
} from '../src/dispatcher/credential-dispatcher.js';

let shared: Promise<TestAuthority> | undefined;

/** One for all tests of a file: making keys takes longer than a request. */
export function authority(): Promise<TestAuthority> {
  shared ??= createTestAuthority();
  return shared;
}

export async function startServer(options: TestApiServerOptions = {}): Promise<TestApiServer> {
  const server = await startTestApiServer({ authority: await authority(), ...options });
  onTestFinished(() => server.close());
  return server;
}

/** Gives `token-1` and a certificate for `client-1`, then `token-2` … */
export function numberedSource(gives: 'token' | 'both' = 'both'): CredentialSource {
  let runs = 0;
  return {
    name: 'numbered',
    load: async (): Promise<CredentialMaterial> => {
      runs += 1;
      const token = `token-${runs}`;
      if (gives === 'token') return { token };
      const commonName = `client-${runs}`;
      return {
        token,
        clientCertificate: await (await authority()).issueClientCertificate({ commonName }),
      };
    },
  };
}

export interface DispatcherStage {
  readonly server: TestApiServer;
  readonly manager: CredentialManager;
  readonly dispatcher: CredentialDispatcher;
}

export interface StageOptions extends Partial<CredentialDispatcherOptions> {
  readonly server?: TestApiServerOptions;
  readonly source?: CredentialSource;
  readonly clock?: Clock;
}

export async function setStage({
  server: serverOptions,
  source = numberedSource(),
  clock,
  ...options
}: StageOptions = {}): Promise<DispatcherStage> {
  const server = await startServer(serverOptions);
  const manager = createCredentialManager({ source, clock });
  const dispatcher = new CredentialDispatcher(manager, {
    origins: [server.url],
    tls: { ca: server.ca },
    ...options,
  });
  onTestFinished(async () => {
    await dispatcher.destroy();
    await manager.close();
  });
  return { server, manager, dispatcher };
}

type RequestOptions = Omit<NonNullable<Parameters<typeof request>[1]>, 'dispatcher'>;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Sends one request and reads the whole answer. */
export async function send(
  dispatcher: Dispatcher,
  url: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const { statusCode, headers, body } = await request(url, { ...options, dispatcher });
  return { status: statusCode, headers, body: await body.text() };
}

/**
 * Both kinds of handlers: undici 7 brings handlers of the old kind, and turns them into those of the present one as soon
 * as there is an interceptor.
 */
export const handlerKinds: readonly (readonly [
  string,
  (dispatcher: CredentialDispatcher) => Dispatcher,
])[] = [
  ["undici's own", (dispatcher) => dispatcher],
  [
    'the present',
    (dispatcher) =>
      dispatcher.compose((dispatch) => (options, handler) => dispatch(options, handler)),
  ],
];
