import type { Clock, CredentialMaterial, LoadContext } from '../contract.js';
import { CredentialError, isCredentialError } from '../errors.js';
import { type CheckedRun, runDefaults } from './checked-run.js';
import { reportCall, reportPolicy } from './exec-diagnostics.js';
import { pluginEnvironment } from './exec-info.js';
import { cleanCommand, findProgram, isPath } from './host-path.js';
import type { InstallHint } from './install-hint.js';
import { decideInteractive, decideTerminal, mayAsk } from './interaction.js';
import { enforcePluginPolicy } from './plugin-policy.js';
import type { PluginOutput } from './plugin-process.js';
import { type PluginRunner, runPlugin } from './run-plugin.js';

export interface ConfiguredCommandParts {
  /** Of the source, for errors. */
  readonly name: string;
  readonly config: CheckedRun;
  readonly onStderr: ((text: string) => void) | undefined;
  readonly installHint: InstallHint;
  /** Values that must not appear in an error. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
  /** Default: a process on this machine. */
  readonly run: PluginRunner | undefined;
}

/** What one kind of program is told, and how its answer is read. */
export interface Conversation {
  /** What stands in `KUBERNETES_EXEC_INFO`, for those that read it. */
  readonly execInfo?: (interactive: boolean) => string;
  /** What the program reads from its standard input. */
  readonly input?: string | undefined;
  /** @throws {CredentialError} without a word of the output. */
  decode(stdout: Uint8Array): Promise<CredentialMaterial>;
}

/** A program as it was configured, to be run for each load: looked for, judged by the policy, started, limited, listened to. */
export class ConfiguredCommand {
  readonly #parts: ConfiguredCommandParts;
  readonly #command: string;
  readonly #run: PluginRunner;

  constructor(parts: ConfiguredCommandParts) {
    this.#parts = parts;
    this.#command = cleanCommand(parts.config.command);
    this.#run = parts.run ?? runPlugin;
  }

  async load(context: LoadContext, conversation: Conversation): Promise<CredentialMaterial> {
    const output = await this.#print(context, conversation);
    try {
      return await conversation.decode(output.stdout);
    } catch (error) {
      // A program that prints nothing useful often says why on stderr.
      if (!isCredentialError(error)) throw error;
      throw new CredentialError(error.code, `${this.#parts.name}: ${error.message}`, {
        stderr: output.stderr,
        original: error.original(),
      });
    }
  }

  async #print(context: LoadContext, conversation: Conversation): Promise<PluginOutput> {
    const { name, config, clock, installHint } = this.#parts;
    const interactive = decideInteractive(config);
    const file = findProgram(this.#command, { cwd: config.cwd });
    const { pluginPolicy, args, env } = config;
    reportPolicy(name, () =>
      enforcePluginPolicy(pluginPolicy, { command: this.#command, file, args, env }),
    );
    try {
      return await reportCall(name, clock, () =>
        this.#start(context, conversation, interactive, file),
      );
    } catch (error) {
      if (!isCredentialError(error) || error.code !== 'ERR_EXEC_NOT_FOUND') throw error;
      // client-go leaves out the hint where the command is a path; it helps there too.
      throw new CredentialError(error.code, error.message + installHint.text());
    }
  }

  #start(
    { signal, keepAlive }: LoadContext,
    { execInfo, input }: Conversation,
    interactive: boolean,
    file: string | undefined,
  ): Promise<PluginOutput> {
    const { config, secrets, onStderr, clock } = this.#parts;
    const { args, env, cwd, maxOutputBytes } = config;
    const terminal = decideTerminal(config, interactive);
    return this.#run({
      command: this.#command,
      // A path is left to the system, which says best what is wrong with it.
      file: file ?? (isPath(this.#command) ? this.#command : undefined),
      args,
      env: pluginEnvironment(process.env, env, execInfo?.(interactive)),
      cwd,
      interactive,
      input,
      mayAsk: mayAsk(config),
      terminal,
      timeoutMs: this.#decideTimeout(terminal),
      maxOutputBytes,
      secrets,
      onStderr,
      keepAlive,
      signal,
      clock,
    });
  }

  #decideTimeout(terminal: 'shared' | 'withheld' | undefined): number | undefined {
    const { config } = this.#parts;
    if (config.timeoutMs !== undefined || terminal === 'shared') return config.timeoutMs;
    return mayAsk(config) ? runDefaults.loginTimeoutMs : runDefaults.timeoutMs;
  }
}
