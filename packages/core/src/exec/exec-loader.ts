import type { Clock, CredentialMaterial, LoadContext } from '../contract.js';
import { CredentialError, isCredentialError } from '../errors.js';
import { type CheckedExecConfig, execDefaults } from './exec-config.js';
import { decodeExecCredential } from './exec-credential.js';
import { reportCall, reportPolicy } from './exec-diagnostics.js';
import { encodeExecInfo, pluginEnvironment } from './exec-info.js';
import { cleanCommand, findProgram, isPath } from './host-path.js';
import { InstallHint } from './install-hint.js';
import { decideInteractive, decideTerminal, mayAsk } from './interaction.js';
import { enforcePluginPolicy } from './plugin-policy.js';
import type { PluginOutput } from './plugin-process.js';
import { type PluginRunner, runPlugin } from './run-plugin.js';
import { secretsOfConfig } from './secret-values.js';

export interface ExecLoaderParts {
  /** Of the source, for errors. */
  readonly name: string;
  readonly config: CheckedExecConfig;
  readonly onStderr: ((text: string) => void) | undefined;
  /** As `encodeExecCluster` writes it. */
  readonly cluster: string | undefined;
  readonly clock: Clock;
  /** Default: a process on this machine. */
  readonly run: PluginRunner | undefined;
}

/** The loads of an exec source. All that a plugin run needs hangs on it, and a program without plugins never loads it. */
export class ExecLoader {
  readonly #name: string;
  readonly #config: CheckedExecConfig;
  readonly #onStderr: ((text: string) => void) | undefined;
  readonly #command: string;
  readonly #cluster: string | undefined;
  readonly #clock: Clock;
  readonly #run: PluginRunner;
  readonly #installHint: InstallHint;
  readonly #secrets: readonly string[];

  constructor({ name, config, onStderr, cluster, clock, run }: ExecLoaderParts) {
    this.#name = name;
    this.#config = config;
    this.#onStderr = onStderr;
    this.#command = cleanCommand(config.command);
    this.#cluster = cluster;
    this.#clock = clock;
    this.#run = run ?? runPlugin;
    this.#installHint = new InstallHint(config.installHint, clock);
    this.#secrets = secretsOfConfig(config.env, config.args);
  }

  async load(context: LoadContext): Promise<CredentialMaterial> {
    const output = await this.#print(context);
    try {
      return await decodeExecCredential(output.stdout, this.#config.apiVersion);
    } catch (error) {
      // A plugin that prints nothing useful often says why on stderr.
      if (!isCredentialError(error)) throw error;
      throw new CredentialError(error.code, `${this.#name}: ${error.message}`, {
        stderr: output.stderr,
      });
    }
  }

  async #print(context: LoadContext): Promise<PluginOutput> {
    const interactive = decideInteractive(this.#config);
    const file = findProgram(this.#command, { cwd: this.#config.cwd });
    const { pluginPolicy, args, env } = this.#config;
    reportPolicy(this.#name, () =>
      enforcePluginPolicy(pluginPolicy, { command: this.#command, file, args, env }),
    );
    try {
      return await reportCall(this.#name, this.#clock, () =>
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
    const terminal = decideTerminal(this.#config, interactive);
    const info = encodeExecInfo({ apiVersion, interactive, cluster: this.#cluster, response });
    return this.#run({
      command: this.#command,
      // A path is left to the system, which says best what is wrong with it.
      file: file ?? (isPath(this.#command) ? this.#command : undefined),
      args,
      env: pluginEnvironment(process.env, env, info),
      cwd,
      interactive,
      mayAsk: mayAsk(this.#config),
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

  #decideTimeout(terminal: 'shared' | 'withheld' | undefined): number | undefined {
    const { timeoutMs } = this.#config;
    if (timeoutMs !== undefined || terminal === 'shared') return timeoutMs;
    return mayAsk(this.#config) ? execDefaults.loginTimeoutMs : execDefaults.timeoutMs;
  }
}
