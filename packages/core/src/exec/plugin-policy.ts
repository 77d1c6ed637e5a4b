import { basename } from 'node:path';
import { CredentialError } from '../errors.js';
import { describe, knownOptions } from '../options.js';
import { quoted } from '../printable.js';
import { snapshot } from '../snapshot.js';
import type { ExecEnvironmentVariable } from './exec-config.js';
import { cleanCommand, findProgram } from './host-path.js';

/** What a program or its operator allows to run. Names as in client-go and kuberc, case-sensitive; empty means AllowAll. */
export type PluginPolicyType = '' | 'AllowAll' | 'DenyAll' | 'Allowlist';

/** One allowed plugin. Several criteria in one entry must all hold; one entry that holds is enough. */
export interface AllowlistEntry {
  /** A bare name or a path; each finds the other through PATH. */
  readonly command: string;
  /** The arguments that the config must have: these, in this order, and no more. Default: any. Not in client-go. */
  readonly args?: readonly string[] | undefined;
  /**
   * Names of the variables that the config may set, whatever their values. Default: any. Not in client-go.
   * What the plugin inherits from this process is not the config's doing and not asked about.
   */
  readonly env?: readonly string[] | undefined;
}

export interface PluginPolicy {
  readonly policyType?: PluginPolicyType | undefined;
  /** Needed for Allowlist, and forbidden otherwise: a list that nobody reads is a mistake. */
  readonly allowlist?: readonly AllowlistEntry[] | undefined;
}

/** What is about to be run: a command, the program that it names now, and what the config adds. */
export interface JudgedRun {
  readonly command: string;
  /** Undefined when nothing executable is found under that name. */
  readonly file: string | undefined;
  readonly args: readonly string[];
  readonly env: readonly ExecEnvironmentVariable[];
}

/**
 * Checks a policy and copies it.
 * @param caller stands in the message.
 * @throws {TypeError} saying what is wrong with it, in client-go's words.
 */
export function checkPluginPolicy(
  given: PluginPolicy | undefined,
  caller: string = 'execSource',
): PluginPolicy {
  if (given === undefined) return { policyType: 'AllowAll' };
  knownOptions(`Option "pluginPolicy" of ${caller}`, given, ['policyType', 'allowlist']);
  const policy = snapshot(given);
  const problem = findProblem(policy.policyType ?? '', policy.allowlist ?? undefined);
  if (problem !== undefined) {
    throw new TypeError(
      `Option "pluginPolicy" of ${caller} is an invalid plugin policy: ${problem}.`,
    );
  }
  const { policyType, allowlist } = policy;
  return allowlist === undefined
    ? { policyType }
    : { policyType, allowlist: allowlist.map(copyEntry) };
}

function copyEntry(entry: AllowlistEntry): AllowlistEntry {
  const { command, args, env } = snapshot(entry);
  return {
    command,
    ...(args === undefined ? {} : { args: [...args] }),
    ...(env === undefined ? {} : { env: [...env] }),
  };
}

/**
 * Judges whether a plugin may run, as client-go does, with two differences: entries are looked up on PATH at every run
 * and never remembered, so that a change of PATH is seen; and an entry may have more criteria (decision 0030).
 * @throws {CredentialError} ERR_EXEC_POLICY, quoting neither arguments nor values.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-cli/3104-introduce-kuberc
 */
export function enforcePluginPolicy(policy: PluginPolicy, run: JudgedRun): void {
  if (policy.policyType === 'DenyAll') {
    throw denied(
      `plugin ${quoted(run.command)} not allowed: policy set to "DenyAll". Nothing was run.`,
    );
  }
  if (policy.policyType !== 'Allowlist') return;
  const { allowlist = [] } = policy;
  if (
    isListed(
      allowlist.filter((entry) => allowsRest(entry, run)),
      run,
    )
  )
    return;
  const subject = `plugin path ${quoted(run.command)}`;
  if (isListed(allowlist, run)) {
    throw denied(
      `${subject} is permitted by the credential plugin allowlist, but not with the arguments or variables of its config.`,
    );
  }
  throw denied(
    run.file === undefined
      ? `${subject} cannot be resolved for credential plugin allowlist check: it is not on PATH or not executable.`
      : `${subject} is not permitted by the credential plugin allowlist. Add it there to allow it.`,
  );
}

function denied(message: string): CredentialError {
  return new CredentialError('ERR_EXEC_POLICY', message);
}

function isListed(entries: readonly AllowlistEntry[], { command, file }: JudgedRun): boolean {
  const commands = entries.map((entry) => entry.command);
  if (commands.includes(command)) return true;
  if (file === undefined) return false;
  if (commands.includes(file)) return true;
  // Only entries of the same name can lead to the same program: the others need not be looked up.
  const namesakes = commands.filter((listed) => basename(listed) === basename(command));
  return namesakes.some((listed) => findProgram(listed) === file);
}

/** Judges what an entry asks for beside its command. */
function allowsRest(entry: AllowlistEntry, { args, env }: JudgedRun): boolean {
  const hasArgs =
    entry.args === undefined ||
    (entry.args.length === args.length && entry.args.every((arg, index) => arg === args[index]));
  const names = entry.env?.map(comparable);
  return hasArgs && env.every(({ name }) => names?.includes(comparable(name)) ?? true);
}

/** Windows knows no letter case in the names of variables. */
function comparable(name: string): string {
  return process.platform === 'win32' ? name.toUpperCase() : name;
}

function findProblem(policyType: unknown, allowlist: unknown): string | undefined {
  switch (policyType) {
    case '':
    case 'AllowAll':
    case 'DenyAll':
      return allowlist === undefined
        ? undefined
        : `misconfigured credential plugin allowlist: plugin policy is "${policyType}" but allowlist is non-nil`;
    case 'Allowlist':
      return findListProblem(allowlist);
    default:
      return `unknown plugin policy: ${typeof policyType === 'string' ? quoted(policyType) : describe(policyType)}`;
  }
}

function findListProblem(allowlist: unknown): string | undefined {
  if (allowlist === undefined) {
    return 'credential plugin policy set to "Allowlist", but allowlist is unspecified';
  }
  if (!Array.isArray(allowlist)) return `"allowlist" must be an array, not ${describe(allowlist)}`;
  if (allowlist.length === 0) {
    return 'credential plugin policy set to "Allowlist", but allowlist is empty; use "DenyAll" policy instead';
  }
  for (const [index, entry] of allowlist.entries()) {
    const problem = findEntryProblem(index + 1, entry);
    if (problem !== undefined) return `misconfigured credential plugin allowlist: ${problem}`;
  }
  return undefined;
}

function findEntryProblem(number: number, entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) {
    return `allowlist entry #${number} is ${describe(entry)}, not an object`;
  }
  // A criterion that nobody checks would allow more than its author meant.
  const unknown = Object.keys(entry).find((name) => !['command', 'args', 'env'].includes(name));
  if (unknown !== undefined)
    return `allowlist entry #${number} has an unknown criterion ${quoted(unknown)}`;
  const { command, args, env } = entry as Readonly<Record<string, unknown>>;
  if (command === undefined || command === '') return `empty allowlist entry #${number}`;
  if (typeof command !== 'string')
    return `"command" of allowlist entry #${number} is ${describe(command)}`;
  const cleaned = cleanCommand(command);
  if (cleaned !== command)
    return `non-normalized file path: ${quoted(command)} vs ${quoted(cleaned)}`;
  const wrong = Object.entries({ args, env }).find(([, value]) => !isListOfText(value));
  return wrong && `"${wrong[0]}" of allowlist entry #${number} must be an array of strings`;
}

function isListOfText(value: unknown): boolean {
  return (
    value === undefined ||
    (Array.isArray(value) && value.every((item: unknown) => typeof item === 'string'))
  );
}
