import {
  type Binding,
  type BindingSupport,
  type CredentialManager,
  type CredentialManagerOptions,
  type CredentialMaterial,
  createCredentialManager,
} from '@keyturn/core';
import { type ManualClock, manualClock } from '../manual-clock.js';
import {
  startTestApiServer,
  type TestApiServer,
  type TestApiServerOptions,
} from '../server/test-api-server.js';
import type { TestAuthority } from '../server/test-authority.js';
import { startTestProxy, type TestProxy, type TestProxyOptions } from '../server/test-proxy.js';
import type {
  BindingSetup,
  BindingUnderTest,
  SceneAnswer,
  SceneRequest,
} from './binding-under-test.js';
import { handled } from './expectations.js';
import { type MintingSource, mintingSource } from './minting-source.js';
import type { TestCertificates } from './test-certificates.js';

export interface StageOptions extends Partial<CredentialManagerOptions> {
  /** Default: https where the binding presents certificates; else plain http, because it may not know our authority. */
  readonly server?: TestApiServerOptions;
  readonly bind?: Partial<BindingSetup>;
}

/** What a scene says about a request beyond its path. */
export type RequestDetails = Partial<Omit<SceneRequest, 'url'>>;

/** A server, a manager with a source, and a client bound to both. */
export interface Stage<Client> {
  readonly server: TestApiServer;
  readonly manager: CredentialManager;
  readonly clock: ManualClock;
  /** Asked by the manager, unless the scene has brought a source of its own. */
  readonly source: MintingSource;
  readonly binding: Binding<Client>;
  /** GET without a body, POST with one. */
  send(path: string, details?: RequestDetails): Promise<SceneAnswer>;
  /** How many of `count` simultaneous requests got which status. */
  sendMany(count: number): Promise<Record<number, number>>;
}

export interface TheatreParts<Client> {
  readonly adapter: BindingUnderTest<Client>;
  readonly supports: BindingSupport;
  readonly certificates: TestCertificates;
  /** How long to wait for something that has to happen. Milliseconds. */
  readonly limitMs: number;
}

/** Where one scene is played: it opens what the scene asks for, and closes all of it. */
export class Theatre<Client> {
  readonly adapter: BindingUnderTest<Client>;
  readonly supports: BindingSupport;
  readonly limitMs: number;
  readonly #certificates: TestCertificates;
  readonly #undo: (() => unknown)[] = [];

  constructor({ adapter, supports, certificates, limitMs }: TheatreParts<Client>) {
    this.adapter = adapter;
    this.supports = supports;
    this.limitMs = limitMs;
    this.#certificates = certificates;
  }

  /** For `source.change`: a certificate for `client-1` with the first load, for `client-2` with the second … */
  get certificateFor(): (run: number) => Promise<CredentialMaterial> {
    return (run) => this.#certificates.client(run);
  }

  /** That of the servers, and another one. */
  authorities(): Promise<readonly [TestAuthority, TestAuthority]> {
    return this.#certificates.authorities();
  }

  async startServer(options: TestApiServerOptions = {}): Promise<TestApiServer> {
    const server = await startTestApiServer({
      authority: await this.#certificates.authority(),
      plainHttp: !this.supports.clientCertificate,
      ...(this.adapter.protocol !== undefined && { protocol: this.adapter.protocol }),
      ...options,
    });
    this.#undo.push(() => server.close());
    return server;
  }

  async startProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
    const authority = await this.#certificates.authority();
    const proxy = await startTestProxy({ authority, ...options });
    this.#undo.push(() => proxy.close());
    return proxy;
  }

  async stage({
    server: serverOptions,
    bind,
    ...given
  }: StageOptions = {}): Promise<Stage<Client>> {
    const server = await this.startServer(serverOptions);
    const source = mintingSource();
    const clock = manualClock(Date.now());
    const manager = this.openManager({ source, clock, ...given });
    const binding = this.bind(manager, {
      url: server.url,
      origins: [server.url],
      ...(server.url.startsWith('https:') && { tls: { ca: server.ca } }),
      ...bind,
    });
    const send = (path: string, details?: RequestDetails): Promise<SceneAnswer> =>
      this.send(binding.client, server.url + path, details);
    return {
      server,
      source,
      clock,
      manager,
      binding,
      send,
      sendMany: (count) => {
        const answers = Array.from({ length: count }, () => send('/many'));
        return handled(Promise.all(answers).then(countStatuses));
      },
    };
  }

  openManager(options: CredentialManagerOptions): CredentialManager {
    const manager = createCredentialManager(options);
    this.#undo.push(() => manager.close());
    return manager;
  }

  bind(
    manager: CredentialManager,
    setup: Partial<BindingSetup> & { readonly url: string },
  ): Binding<Client> {
    // A hundred callers need no hundred connections.
    return this.#keep(this.adapter.bind(manager, { maxSockets: 8, ...setup }));
  }

  /** Makes a cache, and returns what binds clients that share it. */
  shareCache(): Theatre<Client>['bind'] {
    const bind = this.adapter.shareCache?.();
    if (bind === undefined) throw new Error('This scene needs an adapter with caches.');
    return (manager, setup) => this.#keep(bind(manager, { maxSockets: 8, ...setup }));
  }

  send(client: Client, url: string, details: RequestDetails = {}): Promise<SceneAnswer> {
    return handled(this.adapter.send(client, requestTo(url, details)));
  }

  #keep(binding: Binding<Client>): Binding<Client> {
    this.#undo.push(() => binding.unbind());
    return binding;
  }

  /** Closes what was opened, the latest first. */
  async close(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
  }
}

export function requestTo(url: string, details: RequestDetails = {}): SceneRequest {
  return {
    url,
    method: details.body === undefined ? 'GET' : 'POST',
    headers: {},
    ...details,
  };
}

function countStatuses(answers: readonly SceneAnswer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
