import type { CredentialSource } from '../contract.js';
import type { ExecCluster, ExecConfig } from '../exec/exec-config.js';
import { lateExecSource } from '../exec/late-exec-source.js';
import { materialWith } from '../lifecycle/material-with.js';
import { type CredentialLease, Registry } from '../lifecycle/registry.js';
import { snapshot } from '../snapshot.js';
import { sourceAround } from '../sources/source-around.js';
import { createCredentialManager } from './create-credential-manager.js';

/** Shares one manager, and so one plugin run, among all who ask for the same exec configuration. */
export interface CredentialRegistry extends AsyncDisposable {
  /** Number of managers held now. */
  readonly size: number;
  /**
   * Returns a lease on the manager of `config`, made when this is the first one.
   *
   * The cluster takes part in the comparison only where the plugin gets to see it (`provideClusterInfo`), as in
   * client-go: two clusters with the same stanza then share one credential. `headers` go with each request beside what the
   * plugin gives, such as those of a user who acts as somebody else; who asks for others has another manager.
   * @throws {TypeError} as `execSource` does, and after `close()`.
   */
  acquire(
    config: ExecConfig,
    options?: {
      readonly cluster?: ExecCluster | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
    },
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
      const { headers, ...given } = snapshot(options);
      // Made even where it is shared already: what is not valid has no key, and may refer to itself.
      const plugin = lateExecSource(config, given);
      const source = headers === undefined ? plugin : withHeaders(plugin, headers);
      const { provideClusterInfo } = snapshot(config);
      const cluster = provideClusterInfo ? given.cluster : undefined;
      const identity = { config, cluster, headers };
      return registry.acquire(identity, () => createCredentialManager({ source }));
    },
    close: () => registry.close(),
    [Symbol.asyncDispose]: () => registry.close(),
  };
}

function withHeaders(
  source: CredentialSource,
  headers: Readonly<Record<string, string>>,
): CredentialSource {
  return sourceAround(source, async (context) =>
    materialWith(await source.load(context), { headers }),
  );
}
