import type { CredentialMaterial, LoadContext } from '../contract.js';
import { isCredentialError } from '../errors.js';
import { memberOf } from '../inherited-names.js';
import { kindOf } from '../lifecycle/header-material.js';
import { materialWith } from '../lifecycle/material-with.js';
import { decodeText } from '../text/decode-text.js';
import { scanJson } from '../text/structure.js';
import type { CheckedCommand } from './command-source.js';
import { ConfiguredCommand } from './configured-command.js';
import { InstallHint } from './install-hint.js';
import { nameOutput, unreadable } from './printed-output.js';
import { readToken } from './read-token.js';
import { secretsIn, secretsOfConfig } from './secret-values.js';

// Deeper than anything that means something, and JSON.parse takes long for what is much deeper.
const anyJson = { maxDepth: 100, maxMarks: Number.POSITIVE_INFINITY };

/** The loads of a command source. */
export class CommandLoader {
  readonly #checked: CheckedCommand;
  readonly #command: ConfiguredCommand;

  constructor(name: string, checked: CheckedCommand) {
    const { config, input, clock, run } = checked;
    this.#checked = checked;
    this.#command = new ConfiguredCommand({
      name,
      config,
      onStderr: config.onStderr,
      installHint: new InstallHint(config.installHint, clock),
      secrets: [...secretsOfConfig(config.env, config.args), ...secretsOf(input)],
      clock,
      run,
    });
  }

  load(context: LoadContext): Promise<CredentialMaterial> {
    const startedAt = (context.clock ?? this.#checked.clock).now();
    return this.#command.load(context, {
      input: this.#checked.input,
      decode: async (stdout) => {
        const material = await this.#read(decodeText(stdout).text, startedAt);
        return this.#withLifetime(material, startedAt);
      },
    });
  }

  async #read(stdout: string, startedAt: number): Promise<CredentialMaterial> {
    if (/^\s*[[{]/.test(stdout) && scanJson(stdout, anyJson).excess === 'depth') {
      throw unreadable(`JSON that nests deeper than ${anyJson.maxDepth} levels`);
    }
    const read = await this.#ask(stdout, startedAt);
    if (typeof read === 'string') return readToken(read);
    if (typeof read === 'object' && read !== null) return read;
    throw unreadable(
      `${nameOutput(stdout) ?? 'something'} in which "read" found no credential: it returned ${kindOf(read)}`,
    );
  }

  async #ask(stdout: string, startedAt: number): Promise<unknown> {
    try {
      return await this.#checked.read(stdout, { startedAt });
    } catch (error) {
      if (isCredentialError(error)) throw error;
      throw unreadable(`${nameOutput(stdout) ?? 'something'} that "read" could not read`, {
        advice:
          'Run it by hand to see what it prints; "original()" of this error returns what "read" threw.',
        original: error,
      });
    }
  }

  #withLifetime(material: CredentialMaterial, startedAt: number): CredentialMaterial {
    const { lifetimeMs } = this.#checked;
    if (lifetimeMs === undefined) return material;
    const expiresAt = memberOf(material, 'expiresAt') ?? Number.POSITIVE_INFINITY;
    // The manager says what is wrong with an expiry that is no time.
    if (typeof expiresAt !== 'number') return material;
    return materialWith(material, { expiresAt: Math.min(expiresAt, startedAt + lifetimeMs) });
  }
}

function secretsOf(input: string | undefined): Iterable<string> {
  return input === undefined ? [] : (secretsIn(input) ?? [input]);
}
