import { basename } from 'node:path';
import { CredentialError } from '../errors.js';
import { describe, knownOptions } from '../options.js';
import { cleanCommand, findProgram } from './host-path.js';

/** What a program or its operator allows to run. Names as in client-go and kuberc, case-sensitive; empty means AllowAll. */
export type PluginPolicyType = '' | 'AllowAll' | 'DenyAll' | 'Allowlist';

/** One allowed plugin. Several criteria in one entry must all hold; one entry that holds is enough. */
export interface AllowlistEntry {
  /** A bare name or a path; each finds the other through PATH. */
  readonly command: string;
}

export interface PluginPolicy {
  readonly policyType?: PluginPolicyType | undefined;
  /** Needed for Allowlist, and forbidden otherwise: a list that nobody reads is a mistake. */
  readonly allowlist?: readonly AllowlistEntry[] | undefined;
}

/** A command, and the program that it names now. */
export interface ResolvedCommand {
  readonly command: string;
  /** Undefined when nothing executable is found under that name. */
  readonly file: string | undefined;
}

/**
 * Checks a policy and copies it.
 * @throws {TypeError} saying what is wrong with it, in client-go's words.
 */
export function checkPluginPolicy(policy: PluginPolicy | undefined): PluginPolicy {
  if (policy === undefined) return { policyType: 'AllowAll' };
  knownOptions('Option "pluginPolicy" of execSource', policy, ['policyType', 'allowlist']);
  const problem = findProblem(policy.policyType ?? '', policy.allowlist ?? undefined);
  if (problem !== undefined) {
    throw new TypeError(
      `Option "pluginPolicy" of execSource is an invalid plugin policy: ${problem}.`,
    );
  }
  const { policyType, allowlist } = policy;
  return allowlist === undefined
    ? { policyType }
    : { policyType, allowlist: allowlist.map(({ command }) => ({ command })) };
}

/**
 * Judges whether `command` may run, as client-go does, with one difference: entries are looked up on PATH at every
 * run and never remembered, so that a change of PATH is seen.
 * @throws {CredentialError} ERR_EXEC_POLICY.
 * @see https://github.com/kubernetes/enhancements/tree/master/keps/sig-cli/3104-introduce-kuberc
 */
export function enforcePluginPolicy(
  policy: PluginPolicy,
  { command, file }: ResolvedCommand,
): void {
  if (policy.policyType === 'DenyAll') {
    throw new CredentialError(
      'ERR_EXEC_POLICY',
      `plugin "${command}" not allowed: policy set to "DenyAll". Nothing was run.`,
    );
  }
  if (policy.policyType !== 'Allowlist') return;
  const entries = (policy.allowlist ?? []).map((entry) => entry.command);
  if (entries.includes(command) || (file !== undefined && entries.includes(file))) return;
  if (file === undefined) {
    throw new CredentialError(
      'ERR_EXEC_POLICY',
      `plugin path "${command}" cannot be resolved for credential plugin allowlist check: it is not on PATH or not executable.`,
    );
  }
  // Only entries of the same name can lead to the same program: the others need not be looked up.
  const namesakes = entries.filter((entry) => basename(entry) === basename(command));
  if (namesakes.some((entry) => findProgram(entry) === file)) return;
  throw new CredentialError(
    'ERR_EXEC_POLICY',
    `plugin path "${command}" is not permitted by the credential plugin allowlist. Add it there to allow it.`,
  );
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
      return `unknown plugin policy: ${typeof policyType === 'string' ? `"${policyType}"` : describe(policyType)}`;
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
  const unknown = Object.keys(entry).find((name) => name !== 'command');
  if (unknown !== undefined)
    return `allowlist entry #${number} has an unknown criterion "${unknown}"`;
  const { command } = entry as { readonly command?: unknown };
  if (command === undefined || command === '') return `empty allowlist entry #${number}`;
  if (typeof command !== 'string')
    return `"command" of allowlist entry #${number} is ${describe(command)}`;
  const cleaned = cleanCommand(command);
  return cleaned === command ? undefined : `non-normalized file path: "${command}" vs "${cleaned}"`;
}
