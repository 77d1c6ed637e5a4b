import {
  type Binding,
  type BindOptions,
  type CredentialManager,
  type CredentialManagerOptions,
  type CredentialMaterial,
  type CredentialSource,
  createCredentialManager,
} from '@keyturn/core';
import {
  createTestAuthority,
  type ManualClock,
  manualClock,
  type RecordedRequest,
  startTestApiServer,
  type TestApiServer,
  type TestApiServerOptions,
  type TestAuthority,
} from '@keyturn/testkit';
import { onTestFinished } from 'vitest';
import type { ClientSettings, SceneAnswer, SceneRequest, Subject } from './subject.js';

export const hourMs = 3_600_000;

/** One for all tests of a file: making keys takes longer than a request. */
const sharedAuthority: Promise<TestAuthority> = createTestAuthority();

/** A server for the length of a test. */
export async function startServer(options: TestApiServerOptions = {}): Promise<TestApiServer> {
  const server = await startTestApiServer({ authority: await sharedAuthority, ...options });
  onTestFinished(() => server.close());
  return server;
}

/** A source that mints `token-1`, `token-2` …, and on request a certificate for `client-1`, `client-2` … */
export interface MintingSource extends CredentialSource {
  readonly runs: number;
  /** What the next runs add to, or take from, the token. */
  change: (run: number) => Partial<CredentialMaterial> | Promise<Partial<CredentialMaterial>>;
}

export function mintingSource(): MintingSource {
  let runs = 0;
  const source: MintingSource = {
    name: 'minting',
    get runs() {
      return runs;
    },
    change: () => ({}),
    load: async () => {
      runs += 1;
      return { token: `token-${runs}`, ...(await source.change(runs)) };
    },
  };
  return source;
}

/** For `source.change`: a certificate for each run. */
export async function certificateFor(run: number): Promise<Partial<CredentialMaterial>> {
  const authority = await sharedAuthority;
  return {
    clientCertificate: await authority.issueClientCertificate({ commonName: `client-${run}` }),
  };
}

export interface StageOptions extends Partial<CredentialManagerOptions> {
  readonly server?: TestApiServerOptions;
  readonly bind?: BindOptions;
  readonly client?: ClientSettings;
}

/** A server, a manager with a source, and a client bound to both. */
export interface Stage<Client> {
  readonly server: TestApiServer;
  readonly manager: CredentialManager;
  readonly clock: ManualClock;
  readonly source: MintingSource;
  readonly binding: Binding<Client>;
  send(path: string, request?: Omit<SceneRequest, 'url'>): Promise<SceneAnswer>;
  /** How many of `count` simultaneous requests got which status. */
  sendMany(count: number): Promise<Record<number, number>>;
}

export async function setStage<Client>(
  subject: Subject<Client>,
  { server: serverOptions, bind, client, ...managerOptions }: StageOptions = {},
): Promise<Stage<Client>> {
  const server = await startServer(serverOptions);
  const source = mintingSource();
  const clock = manualClock(Date.now());
  const manager = createCredentialManager({ source, clock, ...managerOptions });
  onTestFinished(() => manager.close());
  const bare = subject.make({ baseUrl: server.url, ...client });
  const binding = subject.bind(bare, manager, { tls: { ca: server.ca }, ...bind });
  onTestFinished(() => binding.unbind());
  const send: Stage<Client>['send'] = (path, request = {}) =>
    subject.send(binding.client, { url: server.url + path, ...request });
  return {
    server,
    manager,
    clock,
    source,
    binding,
    send,
    sendMany: async (count) => {
      const answers = await Promise.all(Array.from({ length: count }, () => send('/many')));
      const counts: Record<number, number> = {};
      for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
      return counts;
    },
  };
}

/** The tokens that a server saw, in order; undefined for a request without one. */
export function tokensOf({ requests }: TestApiServer): (string | undefined)[] {
  return requests.map(({ token }) => token);
}

/** For `authorize`: lets one token through. */
export function acceptOnly(accepted: string): (request: RecordedRequest) => boolean {
  return ({ token }) => token === accepted;
}
