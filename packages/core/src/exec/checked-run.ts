import { numberOption } from '../options.js';
import type { ExecConfig, ExecEnvironmentVariable, InteractiveMode } from './exec-config.js';
import { FieldChecks } from './field-checks.js';
import { checkPluginPolicy, type PluginPolicy } from './plugin-policy.js';

/** How to run a program, with every default filled in, and a copy: what the caller does to its own object later changes nothing. */
export interface CheckedRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly ExecEnvironmentVariable[];
  readonly interactiveMode: InteractiveMode;
  readonly installHint: string;
  readonly stdinUnavailable: boolean;
  readonly stdinUnavailableMessage: string;
  readonly pluginPolicy: PluginPolicy;
  /** Undefined: what `ExecConfig` says, decided at every run. */
  readonly timeoutMs: number | undefined;
  readonly maxOutputBytes: number;
  readonly cwd: string | undefined;
  readonly onStderr: ((text: string) => void) | undefined;
}

/** What an exec config and the options of a command say about a run in the same words. */
export type RunFields = Pick<ExecConfig, (typeof runFields)[number]>;

/** Their names, for messages. */
export const runFields = [
  'command',
  'args',
  'env',
  'installHint',
  'pluginPolicy',
  'timeoutMs',
  'maxOutputBytes',
  'cwd',
  'onStderr',
] as const;

/** The one place where the defaults of a run live. */
export const runDefaults = {
  timeoutMs: 60_000,
  loginTimeoutMs: 300_000,
  maxOutputBytes: 1_048_576,
} as const;

// What setTimeout can count; more than that would fire at once.
const longestTimeoutMs = 2_147_483_647;

/**
 * Checks the fields that are the same for every program, and fills in their defaults.
 * @param caller stands in the messages.
 * @throws {TypeError} naming the field that is missing or has a nonsensical value.
 */
export function checkRun(
  caller: string,
  given: RunFields,
): Omit<CheckedRun, 'interactiveMode' | 'stdinUnavailable' | 'stdinUnavailableMessage'> {
  const checks = new FieldChecks(caller);
  const { maxOutputBytes } = runDefaults;
  return {
    command: checks.filled('command', given.command),
    args: checks.list('args', given.args).map((arg, index) => checks.text(`args[${index}]`, arg)),
    env: checks
      .list('env', given.env)
      .map((variable, index) => checks.variable(`env[${index}]`, variable)),
    installHint: checks.text('installHint', given.installHint ?? ''),
    pluginPolicy: checkPluginPolicy(given.pluginPolicy, caller),
    timeoutMs: checkTimeout(given.timeoutMs),
    maxOutputBytes: numberOption('maxOutputBytes', given.maxOutputBytes, maxOutputBytes, 1),
    cwd: given.cwd === undefined ? undefined : checks.filled('cwd', given.cwd),
    onStderr: checks.optionalFunction('onStderr', given.onStderr),
  };
}

function checkTimeout(timeoutMs: unknown): number | undefined {
  if (timeoutMs === undefined) return undefined;
  const checked = numberOption('timeoutMs', timeoutMs, runDefaults.timeoutMs, 1);
  if (checked <= longestTimeoutMs) return checked;
  throw new TypeError(`Option "timeoutMs" must be at most ${longestTimeoutMs}, not ${checked}.`);
}
