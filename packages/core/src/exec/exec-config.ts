import { describe, knownOptions, numberOption } from '../options.js';
import { snapshot } from '../snapshot.js';
import { checkPluginPolicy, type PluginPolicy } from './plugin-policy.js';

/** Versions of the exec credential API that Keyturn speaks. */
export type ExecApiVersion =
  | 'client.authentication.k8s.io/v1'
  | 'client.authentication.k8s.io/v1beta1'
  | 'client.authentication.k8s.io/v1alpha1';

/** Whether a plugin may talk to a person over standard input. */
export type InteractiveMode = 'Never' | 'IfAvailable' | 'Always';

export interface ExecEnvironmentVariable {
  readonly name: string;
  readonly value: string;
}

/**
 * How to run an exec credential plugin: the `exec` part of a kubeconfig user, and what Keyturn adds to it.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#ExecConfig
 */
export interface ExecConfig {
  /**
   * A bare name is looked up on the PATH of this process, never in the current directory.
   * Anything with a path separator is a path, and a relative one starts at `cwd`. No shell takes part.
   */
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  /** Added to the environment of this process; these win. */
  readonly env?: readonly ExecEnvironmentVariable[] | undefined;
  /** The version that the plugin is asked in and must answer in. */
  readonly apiVersion: ExecApiVersion;
  /** Required for v1, as kubectl does; default `IfAvailable` for the older versions. */
  readonly interactiveMode?: InteractiveMode | undefined;
  /** How to get the plugin. Shown when it is missing, at most 10 times an hour. */
  readonly installHint?: string | undefined;
  /** Tell the plugin which cluster it is for; `options.cluster` is needed then. Default false. */
  readonly provideClusterInfo?: boolean | undefined;
  /** Standard input belongs to the program: no plugin may read it. Default false. */
  readonly stdinUnavailable?: boolean | undefined;
  /** Why standard input is not available, for the message of an error. */
  readonly stdinUnavailableMessage?: string | undefined;
  /** Which commands may run. Default: all. Checked at every run. */
  readonly pluginPolicy?: PluginPolicy | undefined;
  /**
   * End the run after this long. Milliseconds; default 60_000 in the mode `Never`. A run that may ask a person has
   * 300_000, enough for a login in a browser, and no limit where this process has a terminal: whoever sits there can
   * press Ctrl-C.
   */
  readonly timeoutMs?: number | undefined;
  /** End a run that prints more than this on stdout. Bytes, default 1_048_576: a credential is a few thousand. */
  readonly maxOutputBytes?: number | undefined;
  /** Working directory of the plugin. Default: that of this process, at the moment of the run. */
  readonly cwd?: string | undefined;
  /**
   * Called with what the plugin writes to stderr, piece by piece as it comes, for a program that has no terminal to show
   * it in: "open … and enter the code …". It then does not go on to the stderr of this process. The text is as the
   * plugin wrote it, cut between any two characters, with whatever secrets and terminal sequences it holds. What this
   * function throws is ignored. It belongs to what a registry tells configs apart by.
   */
  readonly onStderr?: ((text: string) => void) | undefined;
}

/** The cluster that a plugin is told about when `provideClusterInfo` is set. */
export interface ExecCluster {
  readonly server: string;
  readonly tlsServerName?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  /** Base64 text of PEM certificates, as `certificate-authority-data` in a kubeconfig. */
  readonly certificateAuthorityData?: string | undefined;
  /** Passed on as it is, with the user and password it may hold. */
  readonly proxyUrl?: string | undefined;
  readonly disableCompression?: boolean | undefined;
  /**
   * The cluster's `client.authentication.k8s.io/exec` extension: any JSON value, integers also as bigint.
   * Default null.
   */
  readonly config?: unknown;
}

/** A config with every default filled in, and a copy: what the caller does to its own object later changes nothing. */
export interface CheckedExecConfig {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly ExecEnvironmentVariable[];
  readonly apiVersion: ExecApiVersion;
  readonly interactiveMode: InteractiveMode;
  readonly installHint: string;
  readonly provideClusterInfo: boolean;
  readonly stdinUnavailable: boolean;
  readonly stdinUnavailableMessage: string;
  readonly pluginPolicy: PluginPolicy;
  /** Undefined: what `ExecConfig` says, decided at every run. */
  readonly timeoutMs: number | undefined;
  readonly maxOutputBytes: number;
  readonly cwd: string | undefined;
  readonly onStderr: ((text: string) => void) | undefined;
}

/** The one place where the exec source's defaults live. */
export const execDefaults = {
  timeoutMs: 60_000,
  loginTimeoutMs: 300_000,
  maxOutputBytes: 1_048_576,
} as const;

const apiVersions: readonly ExecApiVersion[] = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
  'client.authentication.k8s.io/v1alpha1',
];
const interactiveModes: readonly InteractiveMode[] = ['Never', 'IfAvailable', 'Always'];

// What setTimeout can count; more than that would fire at once.
const longestTimeoutMs = 2_147_483_647;

const configFields: readonly (keyof ExecConfig)[] = [
  'command',
  'args',
  'env',
  'apiVersion',
  'interactiveMode',
  'installHint',
  'provideClusterInfo',
  'stdinUnavailable',
  'stdinUnavailableMessage',
  'pluginPolicy',
  'timeoutMs',
  'maxOutputBytes',
  'cwd',
  'onStderr',
];

const clusterFields: readonly (keyof ExecCluster)[] = [
  'server',
  'tlsServerName',
  'insecureSkipTlsVerify',
  'certificateAuthorityData',
  'proxyUrl',
  'disableCompression',
  'config',
];

/**
 * Checks a config and fills in its defaults.
 * @throws {TypeError} naming the field that is missing, unknown or has a nonsensical value.
 */
export function checkExecConfig(given: ExecConfig): CheckedExecConfig {
  knownOptions('execSource', given, configFields);
  const config = snapshot(given);
  const apiVersion = oneOf('apiVersion', config.apiVersion, apiVersions);
  return {
    command: filled('command', config.command),
    args: list('args', config.args).map((arg, index) => text(`args[${index}]`, arg)),
    env: list('env', config.env).map((variable, index) => environmentVariable(index, variable)),
    apiVersion,
    interactiveMode: checkInteractiveMode(config.interactiveMode, apiVersion),
    installHint: text('installHint', config.installHint ?? ''),
    provideClusterInfo: flag('provideClusterInfo', config.provideClusterInfo),
    stdinUnavailable: flag('stdinUnavailable', config.stdinUnavailable),
    stdinUnavailableMessage: text('stdinUnavailableMessage', config.stdinUnavailableMessage ?? ''),
    pluginPolicy: checkPluginPolicy(config.pluginPolicy),
    timeoutMs: checkTimeout(config.timeoutMs),
    maxOutputBytes: numberOption(
      'maxOutputBytes',
      config.maxOutputBytes,
      execDefaults.maxOutputBytes,
      1,
    ),
    cwd: config.cwd === undefined ? undefined : filled('cwd', config.cwd),
    onStderr: checkListener(config.onStderr),
  };
}

/**
 * Checks what a plugin is to be told about its cluster; returns undefined when it is to be told nothing.
 * @throws {TypeError} naming the field that is missing, unknown or has a nonsensical value.
 */
export function checkExecCluster(
  given: ExecCluster | undefined,
  provideClusterInfo: boolean,
): ExecCluster | undefined {
  if (given === undefined) {
    if (!provideClusterInfo) return undefined;
    throw new TypeError('Option "provideClusterInfo" of execSource needs the option "cluster".');
  }
  knownOptions('Option "cluster" of execSource', given, clusterFields);
  const cluster = snapshot(given);
  text('cluster.server', cluster.server);
  text('cluster.tlsServerName', cluster.tlsServerName ?? '');
  text('cluster.proxyUrl', cluster.proxyUrl ?? '');
  flag('cluster.insecureSkipTlsVerify', cluster.insecureSkipTlsVerify);
  flag('cluster.disableCompression', cluster.disableCompression);
  const data = text('cluster.certificateAuthorityData', cluster.certificateAuthorityData ?? '');
  if (!/^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/.test(data)) {
    throw new TypeError(
      'Option "cluster.certificateAuthorityData" of execSource must be base64 text.',
    );
  }
  return provideClusterInfo ? cluster : undefined;
}

/** client-go fills in the mode for the older versions only, and so does kubectl. */
function checkInteractiveMode(mode: unknown, apiVersion: ExecApiVersion): InteractiveMode {
  const isDefaulted = apiVersion !== 'client.authentication.k8s.io/v1';
  if (isDefaulted && mode === undefined) return 'IfAvailable';
  return oneOf('interactiveMode', mode, interactiveModes);
}

function checkTimeout(timeoutMs: unknown): number | undefined {
  if (timeoutMs === undefined) return undefined;
  const checked = numberOption('timeoutMs', timeoutMs, execDefaults.timeoutMs, 1);
  if (checked <= longestTimeoutMs) return checked;
  throw new TypeError(`Option "timeoutMs" must be at most ${longestTimeoutMs}, not ${checked}.`);
}

/** @throws {TypeError} unless `onStderr` is a function or absent. */
export function checkListener(onStderr: unknown): ((text: string) => void) | undefined {
  if (onStderr === undefined || typeof onStderr === 'function') {
    return onStderr as ((text: string) => void) | undefined;
  }
  throw new TypeError(
    `Option "onStderr" of execSource must be a function, not ${describe(onStderr)}.`,
  );
}

function environmentVariable(index: number, variable: unknown): ExecEnvironmentVariable {
  knownOptions(`Option "env[${index}]" of execSource`, variable, ['name', 'value']);
  const { name, value } = snapshot(variable as ExecEnvironmentVariable);
  if (filled(`env[${index}].name`, name).includes('=')) {
    throw new TypeError(`Option "env[${index}].name" of execSource must not hold "=".`);
  }
  return { name, value: text(`env[${index}].value`, value) };
}

function oneOf<Value extends string>(
  name: string,
  value: unknown,
  values: readonly Value[],
): Value {
  const known = values.find((candidate) => candidate === value);
  if (known !== undefined) return known;
  const choice = values.map((candidate) => `"${candidate}"`).join(', ');
  throw new TypeError(
    `Option "${name}" of execSource must be one of ${choice}, not ${shown(value)}.`,
  );
}

// These few words are no secrets, and seeing "never" explains more than "a string" does.
function shown(value: unknown): string {
  return typeof value === 'string' && /^[\w./-]{1,60}$/.test(value)
    ? `"${value}"`
    : describe(value);
}

function list(name: string, value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value;
  throw new TypeError(`Option "${name}" of execSource must be an array, not ${describe(value)}.`);
}

function filled(name: string, value: unknown): string {
  if (value !== undefined && value !== '') return text(name, value);
  throw new TypeError(`Option "${name}" of execSource must be given, not ${describe(value)}.`);
}

function text(name: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw new TypeError(`Option "${name}" of execSource must be a string, not ${describe(value)}.`);
  }
  // The system ends a string there: the plugin would get less than was meant.
  if (value.includes('\0')) {
    throw new TypeError(`Option "${name}" of execSource must not hold a NUL character.`);
  }
  return value;
}

function flag(name: string, value: unknown): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw new TypeError(
    `Option "${name}" of execSource must be true or false, not ${describe(value)}.`,
  );
}
