import { knownOptions } from '../options.js';
import { snapshot } from '../snapshot.js';
import { type CheckedRun, checkRun, runFields } from './checked-run.js';
import { FieldChecks } from './field-checks.js';
import type { PluginPolicy } from './plugin-policy.js';

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

/** A config with every default filled in. */
export interface CheckedExecConfig extends CheckedRun {
  readonly apiVersion: ExecApiVersion;
  readonly provideClusterInfo: boolean;
}

const apiVersions: readonly ExecApiVersion[] = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
  'client.authentication.k8s.io/v1alpha1',
];
export const interactiveModes: readonly InteractiveMode[] = ['Never', 'IfAvailable', 'Always'];

const configFields: readonly (keyof ExecConfig)[] = [
  ...runFields,
  'apiVersion',
  'interactiveMode',
  'provideClusterInfo',
  'stdinUnavailable',
  'stdinUnavailableMessage',
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

const checks = new FieldChecks('execSource');

/**
 * Checks a config and fills in its defaults.
 * @throws {TypeError} naming the field that is missing, unknown or has a nonsensical value.
 */
export function checkExecConfig(given: ExecConfig): CheckedExecConfig {
  knownOptions('execSource', given, configFields);
  const config = snapshot(given);
  const apiVersion = checks.oneOf('apiVersion', config.apiVersion, apiVersions);
  return {
    ...checkRun('execSource', config),
    apiVersion,
    interactiveMode: checkInteractiveMode(config.interactiveMode, apiVersion),
    provideClusterInfo: checks.flag('provideClusterInfo', config.provideClusterInfo),
    stdinUnavailable: checks.flag('stdinUnavailable', config.stdinUnavailable),
    stdinUnavailableMessage: checks.text(
      'stdinUnavailableMessage',
      config.stdinUnavailableMessage ?? '',
    ),
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
  checks.text('cluster.server', cluster.server);
  checks.text('cluster.tlsServerName', cluster.tlsServerName ?? '');
  checks.text('cluster.proxyUrl', cluster.proxyUrl ?? '');
  checks.flag('cluster.insecureSkipTlsVerify', cluster.insecureSkipTlsVerify);
  checks.flag('cluster.disableCompression', cluster.disableCompression);
  const field = 'cluster.certificateAuthorityData';
  const data = checks.text(field, cluster.certificateAuthorityData ?? '');
  if (!/^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/.test(data)) {
    throw new TypeError(`Option "${field}" of execSource must be base64 text.`);
  }
  return provideClusterInfo ? cluster : undefined;
}

/** client-go fills in the mode for the older versions only, and so does kubectl. */
function checkInteractiveMode(mode: unknown, apiVersion: ExecApiVersion): InteractiveMode {
  const isDefaulted = apiVersion !== 'client.authentication.k8s.io/v1';
  if (isDefaulted && mode === undefined) return 'IfAvailable';
  return checks.oneOf('interactiveMode', mode, interactiveModes);
}

/** @throws {TypeError} unless `onStderr` is a function or absent. */
export function checkListener(onStderr: unknown): ((text: string) => void) | undefined {
  return checks.optionalFunction('onStderr', onStderr);
}
