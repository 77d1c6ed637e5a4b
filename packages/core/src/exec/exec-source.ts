import type { Clock, CredentialMaterial, CredentialSource, LoadContext } from '../contract.js';
import { CredentialError, isCredentialError } from '../errors.js';
import { systemClock } from '../lifecycle/clock.js';
import { knownOptions } from '../options.js';
import { quoted } from '../printable.js';
import { snapshot } from '../snapshot.js';
import {
  type CheckedExecConfig,
  checkExecCluster,
  checkExecConfig,
  checkListener,
  type ExecCluster,
  type ExecConfig,
  execDefaults,
} from './exec-config.js';
import { decodeExecCredential } from './exec-credential.js';
import { reportCall, reportPolicy } from './exec-diagnostics.js';
import { encodeExecCluster, encodeExecInfo, pluginEnvironment } from './exec-info.js';
import { cleanCommand, findProgram, isPath } from './host-path.js';
import { InstallHint } from './install-hint.js';
import { enforcePluginPolicy } from './plugin-policy.js';
import type { PluginOutput } from './plugin-process.js';
import { type PluginRunner, runPlugin } from './run-plugin.js';
import { secretsOfConfig } from './secret-values.js';
import { hasTerminal, isStdinTerminal } from './terminal.js';

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
  return new ExecSource({
    config: checked,
    onStderr: checkListener(options.onStderr) ?? checked.onStderr,
    cluster: checkExecCluster(options.cluster, checked.provideClusterInfo),
    clock: options.clock ?? systemClock,
    run: options.run ?? runPlugin,
  });
}

interface ExecSourceParts {
  readonly config: CheckedExecConfig;
  readonly onStderr: ((text: string) => void) | undefined;
  readonly cluster: ExecCluster | undefined;
  readonly clock: Clock;
  readonly run: PluginRunner;
}

/** A login that nobody answers takes longer than this to give up, in every plugin that has one. */
const shortestUnansweredMs = 30_000;

class ExecSource implements CredentialSource {
  readonly name: string;
  readonly #config: CheckedExecConfig;
  readonly #onStderr: ((text: string) => void) | undefined;
  readonly #command: string;
  readonly #cluster: string | undefined;
  readonly #clock: Clock;
  readonly #run: PluginRunner;
  readonly #installHint: InstallHint;
  readonly #secrets: readonly string[];

  constructor({ config, onStderr, cluster, clock, run }: ExecSourceParts) {
    this.name = `exec ${quoted(config.command)}`;
    this.#config = config;
    this.#onStderr = onStderr;
    this.#command = cleanCommand(config.command);
    this.#cluster = cluster && encodeExecCluster(cluster);
    this.#clock = clock;
    this.#run = run;
    this.#installHint = new InstallHint(config.installHint, clock);
    this.#secrets = secretsOfConfig(config.env, config.args);
  }

  isInteractive(): boolean {
    return this.#mayAsk && (this.#canRead() || hasTerminal());
  }

  // A plugin may open a browser where there is no terminal, and says nothing about it. What has ended sooner has waited for
  // nobody. What has not may also have waited for a network: most plugins run in this mode because it is the default, and
  // an outage must not look like an empty chair.
  mayHaveAsked(tookMs: number): boolean | 'perhaps' {
    const { interactiveMode } = this.#config;
    if (interactiveMode === 'Never') return false;
    if (interactiveMode === 'Always' && this.isInteractive()) return true;
    return tookMs >= shortestUnansweredMs && 'perhaps';
  }

  async load(context: LoadContext): Promise<CredentialMaterial> {
    const output = await this.#print(context);
    try {
      return await decodeExecCredential(output.stdout, this.#config.apiVersion);
    } catch (error) {
      // A plugin that prints nothing useful often says why on stderr.
      if (!isCredentialError(error)) throw error;
      throw new CredentialError(error.code, `${this.name}: ${error.message}`, {
        stderr: output.stderr,
      });
    }
  }

  async #print(context: LoadContext): Promise<PluginOutput> {
    const interactive = this.#decideInteractive();
    const file = findProgram(this.#command, { cwd: this.#config.cwd });
    const { pluginPolicy, args, env } = this.#config;
    reportPolicy(this.name, () =>
      enforcePluginPolicy(pluginPolicy, { command: this.#command, file, args, env }),
    );
    try {
      return await reportCall(this.name, this.#clock, () =>
        this.#start(context, interactive, file),
      );
    } catch (error) {
      if (!isCredentialError(error) || error.code !== 'ERR_EXEC_NOT_FOUND') throw error;
      // client-go leaves out the hint where the command is a path; it helps there too.
      throw new CredentialError(error.code, error.message + this.#installHint.text());
    }
  }

  #start(
    { response, signal, keepAlive }: LoadContext,
    interactive: boolean,
    file: string | undefined,
  ): Promise<PluginOutput> {
    const { apiVersion, args, env, cwd, maxOutputBytes } = this.#config;
    const terminal = this.#decideTerminal(interactive);
    const info = encodeExecInfo({ apiVersion, interactive, cluster: this.#cluster, response });
    return this.#run({
      command: this.#command,
      // A path is left to the system, which says best what is wrong with it.
      file: file ?? (isPath(this.#command) ? this.#command : undefined),
      args,
      env: pluginEnvironment(process.env, env, info),
      cwd,
      interactive,
      mayAsk: this.#mayAsk,
      terminal,
      timeoutMs: this.#decideTimeout(terminal),
      maxOutputBytes,
      secrets: this.#secrets,
      onStderr: this.#onStderr,
      keepAlive,
      signal,
      clock: this.#clock,
    });
  }

  get #mayAsk(): boolean {
    return this.#config.interactiveMode !== 'Never';
  }

  #canRead(): boolean {
    return !this.#config.stdinUnavailable && isStdinTerminal();
  }

  #decideTerminal(interactive: boolean): 'shared' | 'withheld' | undefined {
    if (!interactive && !hasTerminal()) return undefined;
    return this.#mayAsk ? 'shared' : 'withheld';
  }

  #decideTimeout(terminal: 'shared' | 'withheld' | undefined): number | undefined {
    const { timeoutMs } = this.#config;
    if (timeoutMs !== undefined || terminal === 'shared') return timeoutMs;
    return this.#mayAsk ? execDefaults.loginTimeoutMs : execDefaults.timeoutMs;
  }

  #decideInteractive(): boolean {
    const { interactiveMode, stdinUnavailable, stdinUnavailableMessage } = this.#config;
    if (interactiveMode !== 'Always') return this.#mayAsk && this.#canRead();
    if (!isStdinTerminal()) throw notInteractive('standard input is not a terminal');
    if (!stdinUnavailable) return true;
    const reason = stdinUnavailableMessage === '' ? '' : `: ${stdinUnavailableMessage}`;
    throw notInteractive(`standard input is unavailable${reason}`);
  }
}

function notInteractive(reason: string): CredentialError {
  return new CredentialError(
    'ERR_EXEC_INTERACTIVE',
    `exec plugin cannot support interactive mode: ${reason}.`,
  );
}
