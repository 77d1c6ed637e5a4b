import type { Clock, CredentialSource } from '../contract.js';
import { systemClock } from '../lifecycle/clock.js';
import { knownOptions } from '../options.js';
import { quoted } from '../printable.js';
import { snapshot } from '../snapshot.js';
import {
  checkExecCluster,
  checkExecConfig,
  checkListener,
  type ExecCluster,
  type ExecConfig,
} from './exec-config.js';
import { encodeExecCluster } from './exec-info.js';
import type { ExecLoader, ExecLoaderParts } from './exec-loader.js';
import { PluginSource } from './plugin-source.js';
import type { PluginRunner } from './run-plugin.js';

export interface ExecSourceOptions {
  /** What the plugin is told about its cluster where the config has `provideClusterInfo`. */
  readonly cluster?: ExecCluster | undefined;
  /** As in the config, where it may stand as well. */
  readonly onStderr?: ((text: string) => void) | undefined;
  /** Measures `timeoutMs` and the hour of the install hint. Default: the clock of the machine. */
  readonly clock?: Clock | undefined;
  /** Starts the plugin. Default: a process on this machine. */
  readonly run?: PluginRunner | undefined;
}

/** At once, or when it has been read. */
export type MakeLoader = (parts: ExecLoaderParts) => ExecLoader | Promise<ExecLoader>;

/**
 * Makes a source of a plugin, with what its loads need made by `makeLoader`.
 * @throws {TypeError} as `execSource` does.
 */
export function makeExecSource(
  config: ExecConfig,
  given: ExecSourceOptions,
  makeLoader: MakeLoader,
): CredentialSource {
  knownOptions('The second argument of execSource', given, ['cluster', 'onStderr', 'clock', 'run']);
  const options = snapshot(given);
  const checked = checkExecConfig(config);
  const cluster = checkExecCluster(options.cluster, checked.provideClusterInfo);
  const parts = {
    name: `exec ${quoted(checked.command)}`,
    config: checked,
    onStderr: checkListener(options.onStderr) ?? checked.onStderr,
    cluster: cluster && encodeExecCluster(cluster),
    clock: options.clock ?? systemClock,
    run: options.run,
  };
  return new PluginSource(parts.name, checked, makeLoader(parts));
}
