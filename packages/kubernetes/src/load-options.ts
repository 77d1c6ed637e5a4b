import type { CredentialRegistry } from '@keyturn/core';
import { booleanOption, knownOptions, snapshot } from '@keyturn/core/binding';
import { type ExecConfig, execSource } from '@keyturn/core/exec';

export interface LoadKubeconfigOptions {
  /** The one file to read. Default: the files listed in `KUBECONFIG`, else `~/.kube/config`, as kubectl has it. */
  readonly path?: string | undefined;
  /** The kubeconfig itself, YAML or JSON, instead of a file. Relative paths in it start at the working directory. */
  readonly text?: string | undefined;
  /** Name of the context. Default: the kubeconfig's `current-context`. */
  readonly context?: string | undefined;
  /** Name of the cluster to talk to. Default: that of the context. */
  readonly cluster?: string | undefined;
  /** Name of the user to be. Default: that of the context. */
  readonly user?: string | undefined;
  /** The namespace of the result. Default: that of the context. */
  readonly namespace?: string | undefined;
  /** Whether a user without any credential, or none at all, may go on as nobody, over https. Default false: it is an error. */
  readonly anonymous?: boolean | undefined;
  /** What a kubeconfig cannot say about its plugin. Nothing of it matters to a user that has none. */
  readonly exec?: KubeconfigExecOptions | undefined;
  /** Short for `exec.timeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Where contexts share a manager, and so one run of their plugin: the result then has `credentials`. Default: nothing is shared. */
  readonly registry?: CredentialRegistry | undefined;
}

/** The same, with a registry. */
export interface ShareKubeconfigOptions extends LoadKubeconfigOptions {
  readonly registry: CredentialRegistry;
}

/** How the plugin of a kubeconfig is run; each as in `ExecConfig`. */
export type KubeconfigExecOptions = Pick<ExecConfig, 'timeoutMs' | 'pluginPolicy' | 'onStderr'>;

const whichFile = ['path', 'text'] as const;
const optionNames: readonly (keyof LoadKubeconfigOptions)[] = [
  ...whichFile,
  'context',
  'cluster',
  'user',
  'namespace',
  'anonymous',
  'exec',
  'timeoutMs',
  'registry',
];
const execOptionNames: readonly (keyof KubeconfigExecOptions)[] = [
  'timeoutMs',
  'pluginPolicy',
  'onStderr',
];

const anyPlugin: ExecConfig = {
  command: 'plugin',
  apiVersion: 'client.authentication.k8s.io/v1',
  interactiveMode: 'Never',
};

/** @throws {TypeError} naming the option that is unknown or has a nonsensical value. */
export function checkLoadOptions(given: LoadKubeconfigOptions): LoadKubeconfigOptions {
  knownOptions('loadKubeconfig', given, optionNames);
  const options = snapshot(given);
  const { exec, timeoutMs, anonymous, registry, ...texts } = options;
  booleanOption('anonymous', anonymous, false);
  checkExecOptions('loadKubeconfig', exec, timeoutMs);
  checkRegistry('loadKubeconfig', registry);
  checkTexts('loadKubeconfig', snapshot(texts));
  return options;
}

/** Whatever kind of user the kubeconfig has. */
export function checkExecOptions(
  caller: string,
  exec: KubeconfigExecOptions | undefined,
  timeoutMs?: number,
): void {
  knownOptions(`Option "exec" of ${caller}`, exec ?? {}, execOptionNames);
  execSource({ ...anyPlugin, timeoutMs, ...exec });
}

export function checkRegistry(caller: string, registry: unknown): void {
  if (registry === undefined) return;
  const { acquire } = Object(registry) as { readonly acquire?: unknown };
  if (typeof acquire === 'function') return;
  throw new TypeError(
    `Option "registry" of ${caller} must be what createCredentialRegistry() makes.`,
  );
}

export type WhichKubeconfig = Pick<LoadKubeconfigOptions, (typeof whichFile)[number]>;

/** The same for a function that takes nothing but which kubeconfig to read. */
export function checkWhichKubeconfig(caller: string, given: WhichKubeconfig): WhichKubeconfig {
  knownOptions(caller, given, whichFile);
  const options = snapshot(given);
  checkTexts(caller, snapshot<object>(options));
  return options;
}

/** @param texts a snapshot: what stands on Object.prototype is nobody's option */
function checkTexts(caller: string, texts: object): void {
  const { path, text } = texts as { readonly path?: unknown; readonly text?: unknown };
  for (const [name, value] of Object.entries(texts)) {
    // An empty text is an empty kubeconfig; an empty path or context is a variable that was never set.
    const isUsable = typeof value === 'string' && (value !== '' || name === 'text');
    if (value === undefined || isUsable) continue;
    throw new TypeError(`Option "${name}" of ${caller} must be a string that is not empty.`);
  }
  if (path !== undefined && text !== undefined) {
    throw new TypeError(`${caller} takes "path" or "text", not both.`);
  }
}
