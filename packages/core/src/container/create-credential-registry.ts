import type { ExecCluster, ExecConfig } from '../exec/exec-config.js';
import { lateExecSource } from '../exec/late-exec-source.js';
import { type CredentialLease, Registry } from '../lifecycle/registry.js';
import { snapshot } from '../snapshot.js';
import { createCredentialManager } from './create-credential-manager.js';

/** Shares one manager, and so one plugin run, among all who ask for the same exec configuration. */
export interface CredentialRegistry extends AsyncDisposable {
  /** Number of managers held now. */
  readonly size: number;
  /**
   * Returns a lease on the manager of `config`, made when this is the first one.
   *
   * The cluster takes part in the comparison only where the plugin gets to see it (`provideClusterInfo`), as in
   * client-go: two clusters with the same stanza then share one credential.
   * @throws {TypeError} as `execSource` does, and after `close()`.
   */
  acquire(
    config: ExecConfig,
    options?: { readonly cluster?: ExecCluster | undefined },
  ): CredentialLease;
  /** Closes every manager, whoever still holds a lease. */
  close(): Promise<void>;
}

export function createCredentialRegistry(): CredentialRegistry {
  const registry = new Registry();
  return {
    get size() {
      return registry.size;
    },
    acquire(config, options = {}) {
      // Made even where it is shared already: what is not valid has no key, and may refer to itself.
      const source = lateExecSource(config, options);
      const { provideClusterInfo } = snapshot(config);
      const cluster = provideClusterInfo ? snapshot(options).cluster : undefined;
      return registry.acquire({ config, cluster }, () => createCredentialManager({ source }));
    },
    close: () => registry.close(),
    [Symbol.asyncDispose]: () => registry.close(),
  };
}
