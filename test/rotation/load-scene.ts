import {
  type BindOptions,
  type CredentialManager,
  type CredentialSource,
  createCredentialManager,
  type TrustSource,
} from '@keyturn/core';
import { onTestFinished } from 'vitest';
import type { BoundClient, LoadClient } from './load-client.js';
import type { LoadServerOptions, RenewableServer } from './load-server.js';

export interface LoadSceneOptions {
  readonly source: CredentialSource;
  readonly server?: LoadServerOptions;
  readonly bind?: Pick<BindOptions, 'drainTimeoutMs' | 'proxy'>;
  readonly keepAlive?: boolean;
  readonly ca?: TrustSource;
  /** Undoes the scene. Default: of the running test; concurrent tests have to bring their own. */
  readonly onFinished?: typeof onTestFinished;
}

/** A server, a manager, and a client that is bound to both. */
export interface LoadScene {
  readonly server: RenewableServer;
  readonly manager: CredentialManager;
  readonly client: BoundClient;
}

export async function setLoadScene(
  { startServer, bind }: LoadClient,
  { source, onFinished = onTestFinished, ...options }: LoadSceneOptions,
): Promise<LoadScene> {
  const server = await startServer(options.server);
  onFinished(() => server[Symbol.asyncDispose]());
  const manager = createCredentialManager({
    source,
    // Nobody is to be told off for the many refusals of a load.
    refusalLimit: { threshold: 1_000, intervalMs: 60_000 },
  });
  onFinished(() => manager.close());
  const { bind: bindOptions, keepAlive, ca } = options;
  const client = await bind({ manager, server, options: bindOptions, keepAlive, ca });
  onFinished(() => client.close());
  return { server, manager, client };
}
