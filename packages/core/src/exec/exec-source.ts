import type { Clock, CredentialMaterial, CredentialSource, LoadContext } from '../contract.js';
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
import { isInteractive } from './interaction.js';
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

/**
 * Makes a credential source that runs an exec credential plugin, as kubectl does.
 *
 * Its loads throw a CredentialError with one of the codes ERR_EXEC_…, ERR_CREDENTIAL_EMPTY,
 * ERR_CREDENTIAL_CERTIFICATE or ERR_CREDENTIAL_EXPIRY. Nothing of a failed run is kept.
 * @throws {TypeError} naming the field of the config that is missing, unknown or has a nonsensical value.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export function execSource(config: ExecConfig, given: ExecSourceOptions = {}): CredentialSource {
  knownOptions('The second argument of execSource', given, ['cluster', 'onStderr', 'clock', 'run']);
  const options = snapshot(given);
  const checked = checkExecConfig(config);
  const cluster = checkExecCluster(options.cluster, checked.provideClusterInfo);
  return new ExecSource({
    name: `exec ${quoted(checked.command)}`,
    config: checked,
    onStderr: checkListener(options.onStderr) ?? checked.onStderr,
    cluster: cluster && encodeExecCluster(cluster),
    clock: options.clock ?? systemClock,
    run: options.run,
  });
}

/** A login that nobody answers takes longer than this to give up, in every plugin that has one. */
const shortestUnansweredMs = 30_000;

class ExecSource implements CredentialSource {
  readonly name: string;
  readonly #parts: ExecLoaderParts;
  // Asked for here and not at the first load: by then a test may have put other modules in the place of those that run.
  readonly #loader: Promise<ExecLoader>;

  constructor(parts: ExecLoaderParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.#loader = import('./exec-loader.js').then(({ ExecLoader }) => new ExecLoader(parts));
    // Whoever loads is told.
    this.#loader.catch(() => {});
  }

  isInteractive(): boolean {
    return isInteractive(this.#parts.config);
  }

  // A plugin may open a browser where there is no terminal, and says nothing about it. What has ended sooner has waited for
  // nobody. What has not may also have waited for a network: most plugins run in this mode because it is the default, and
  // an outage must not look like an empty chair.
  mayHaveAsked(tookMs: number): boolean | 'perhaps' {
    const { interactiveMode } = this.#parts.config;
    if (interactiveMode === 'Never') return false;
    if (interactiveMode === 'Always' && this.isInteractive()) return true;
    return tookMs >= shortestUnansweredMs && 'perhaps';
  }

  async load(context: LoadContext): Promise<CredentialMaterial> {
    const loader = await this.#loader;
    return loader.load(context);
  }
}
