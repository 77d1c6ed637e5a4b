import type { Clock, CredentialMaterial, LoadContext } from '../contract.js';
import { ConfiguredCommand } from './configured-command.js';
import type { CheckedExecConfig } from './exec-config.js';
import { decodeExecCredential } from './exec-credential.js';
import { encodeExecInfo } from './exec-info.js';
import { aboutPlugins, InstallHint } from './install-hint.js';
import type { PluginRunner } from './run-plugin.js';
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
  readonly #config: CheckedExecConfig;
  readonly #cluster: string | undefined;
  readonly #command: ConfiguredCommand;

  constructor({ cluster, ...parts }: ExecLoaderParts) {
    const { config, clock } = parts;
    this.#config = config;
    this.#cluster = cluster;
    this.#command = new ConfiguredCommand({
      ...parts,
      installHint: new InstallHint(config.installHint, clock, aboutPlugins),
      secrets: secretsOfConfig(config.env, config.args),
    });
  }

  load(context: LoadContext): Promise<CredentialMaterial> {
    const { apiVersion } = this.#config;
    const cluster = this.#cluster;
    const { response } = context;
    return this.#command.load(context, {
      execInfo: (interactive) => encodeExecInfo({ apiVersion, interactive, cluster, response }),
      decode: (stdout) => decodeExecCredential(stdout, apiVersion),
    });
  }
}
