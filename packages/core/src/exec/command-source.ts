import type { Clock, CredentialMaterial, CredentialSource } from '../contract.js';
import { systemClock } from '../lifecycle/clock.js';
import { knownOptions, numberOption } from '../options.js';
import { quoted } from '../printable.js';
import { snapshot } from '../snapshot.js';
import { type CheckedRun, checkRun, type RunFields, runFields } from './checked-run.js';
import { CommandLoader } from './command-loader.js';
import { type InteractiveMode, interactiveModes } from './exec-config.js';
import { FieldChecks } from './field-checks.js';
import { PluginSource } from './plugin-source.js';
import { readToken } from './read-token.js';
import type { PluginRunner } from './run-plugin.js';

/** What a reader knows beside the output. */
export interface CommandRun {
  /** When the program was started, by the clock of the manager. Unix milliseconds; what lasts "for an hour" lasts from here. */
  readonly startedAt: number;
}

/**
 * Takes the material out of what a program printed. A text is a bearer token, and is read as if the program had printed it alone.
 * What it throws reaches nobody but who calls `original()` on the error: a parser may quote its input.
 */
export type CommandReader = (
  stdout: string,
  run: CommandRun,
) => CredentialMaterial | string | Promise<CredentialMaterial | string>;

/** Which program prints the credential, and how to read it. What is not described here is as in an exec config. */
export interface CommandSourceOptions extends RunFields {
  /** Default `readToken`: the program prints a bearer token and nothing else; where it is a JWT, its `exp` counts. */
  readonly read?: CommandReader | undefined;
  /**
   * How long the credential is good for, from the start of the program. Milliseconds; where the output says so as well, the earlier
   * counts. Default: what the output says, else until a server refuses it.
   */
  readonly lifetimeMs?: number | undefined;
  /** What the program reads from its standard input. Default: nothing. */
  readonly input?: string | undefined;
  /** Whether the program may talk to a person. Default `Never`: it has no terminal, and a minute. */
  readonly interactiveMode?: InteractiveMode | undefined;
  /** Measures `timeoutMs`. Default: the clock of the machine. */
  readonly clock?: Clock | undefined;
  /** Starts the program. Default: a process on this machine. */
  readonly run?: PluginRunner | undefined;
}

/** The options with every default filled in. */
export interface CheckedCommand {
  readonly config: CheckedRun;
  readonly read: CommandReader;
  readonly lifetimeMs: number | undefined;
  readonly input: string | undefined;
  readonly clock: Clock;
  readonly run: PluginRunner | undefined;
}

const ownOptions: readonly (keyof CommandSourceOptions)[] = [
  'read',
  'lifetimeMs',
  'input',
  'interactiveMode',
  'clock',
  'run',
];

/**
 * Makes a credential source of any program that prints a credential: `gh auth token`, `az account get-access-token`, a script.
 *
 * It is run as an exec credential plugin is, with the same policy, limits and diagnostics, and told nothing about Kubernetes. Its loads
 * throw a CredentialError with one of the codes ERR_EXEC_…; ERR_EXEC_OUTPUT where the output cannot be read, which no message quotes.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 */
export function commandSource(options: CommandSourceOptions): CredentialSource {
  const checked = checkOptions(options);
  const name = `command ${quoted(checked.config.command)}`;
  return new PluginSource(name, checked.config, new CommandLoader(name, checked));
}

function checkOptions(options: CommandSourceOptions): CheckedCommand {
  // Put together here: bundled to one file, this module is played before the one that has the others.
  knownOptions('commandSource', options, [...runFields, ...ownOptions]);
  const given = snapshot(options);
  const checks = new FieldChecks('commandSource');
  const { interactiveMode = 'Never', input, lifetimeMs, clock = systemClock } = given;
  return {
    config: {
      ...checkRun('commandSource', given),
      interactiveMode: checks.oneOf('interactiveMode', interactiveMode, interactiveModes),
      // Nobody can type where the program reads something else.
      stdinUnavailable: input !== undefined,
      stdinUnavailableMessage: 'the program reads the option "input" from it',
    },
    read: checks.optionalFunction<CommandReader>('read', given.read) ?? readToken,
    lifetimeMs: lifetimeMs === undefined ? undefined : numberOption('lifetimeMs', lifetimeMs, 0, 1),
    input: input === undefined ? undefined : checks.text('input', input),
    clock,
    run: checks.optionalFunction<PluginRunner>('run', given.run),
  };
}
