import type { CredentialSource } from '@keyturn/core';
import { knownOptions, snapshot, type TlsOptions } from '@keyturn/core/binding';
import { type ExecCluster, type ExecConfig, execSource } from '@keyturn/core/exec';
import { chooseContext } from './choose-context.js';
import { readCluster } from './cluster.js';
import type { Fields } from './fields.js';
import { heldSource } from './held-source.js';
import { readKubeconfig } from './kubeconfig-files.js';
import { readUser } from './user.js';

export interface LoadKubeconfigOptions {
  /** The one file to read. Default: the files listed in `KUBECONFIG`, else `~/.kube/config`, as kubectl has it. */
  readonly path?: string | undefined;
  /** The kubeconfig itself, YAML or JSON, instead of a file. Relative paths in it start at the working directory. */
  readonly text?: string | undefined;
  /** Name of the context. Default: the kubeconfig's `current-context`. */
  readonly context?: string | undefined;
  /** What a kubeconfig cannot say about its plugin. Nothing of it matters to a user that has none. */
  readonly exec?: KubeconfigExecOptions | undefined;
  /** Short for `exec.timeoutMs`. */
  readonly timeoutMs?: number | undefined;
}

/** How the plugin of a kubeconfig is run; each as in `ExecConfig`. */
export type KubeconfigExecOptions = Pick<ExecConfig, 'timeoutMs' | 'pluginPolicy' | 'onStderr'>;

/** What one context of a kubeconfig comes to. */
export interface LoadedKubeconfig {
  readonly context: string;
  /** Base URL of the API server, as it stands in the kubeconfig; it may have a path. */
  readonly server: string;
  /** Origin of `server`: where the credential may go. */
  readonly origin: string;
  /** The namespace of the context; undefined where it names none, which means "default" to kubectl. */
  readonly namespace?: string;
  readonly tls: TlsOptions;
  readonly source: CredentialSource;
  /**
   * The user's plugin, where it is what `source` runs: to make an `execSource` with limits of your own from it.
   * Not enumerable, because its `args` and `env` may hold secrets.
   */
  readonly execConfig?: ExecConfig;
  /** What the plugin is told about the cluster, to go with `execConfig`. Not enumerable either. */
  readonly execCluster?: ExecCluster;
}

/**
 * Reads a kubeconfig the way kubectl does, and makes a credential source of its user.
 *
 * ```ts
 * const { server, tls, source } = await loadKubeconfig();
 * const credentials = createCredentialManager({ source });
 * const { client } = bindAxios(axios.create({ baseURL: server }), credentials, { tls });
 * ```
 * No plugin is run and no request is made. Files that the user names are read once, so that a wrong path fails here.
 *
 * @throws {CredentialError} ERR_KUBECONFIG_READ, _PARSE, _CONTEXT, _FIELD or _UNSUPPORTED, naming the file, the
 * context and the field, and quoting no secret.
 * @throws {TypeError} for an option that is unknown or has a nonsensical value, and for `path` together with `text`.
 */
export async function loadKubeconfig(given: LoadKubeconfigOptions = {}): Promise<LoadedKubeconfig> {
  const options = checkOptions(given);
  const context = chooseContext(await readKubeconfig(options), options.context);
  const { server, origin, tls, execCluster } = await readCluster(context.cluster);
  const { source, ...exec } = await sourceOf(context.user, execCluster, options);
  const shown = {
    context: context.name,
    server,
    origin,
    ...(context.namespace !== undefined && { namespace: context.namespace }),
    tls,
    source,
  };
  return withHidden(shown, exec);
}

interface UserSource {
  readonly source: CredentialSource;
  readonly execConfig?: ExecConfig;
  readonly execCluster?: ExecCluster;
}

async function sourceOf(
  fields: Fields,
  cluster: ExecCluster,
  { timeoutMs, exec }: LoadKubeconfigOptions,
): Promise<UserSource> {
  const user = readUser(fields);
  if (user.kind === 'exec') {
    const execConfig = { ...user.exec, ...(timeoutMs !== undefined && { timeoutMs }), ...exec };
    return {
      source: execSource(execConfig, { cluster }),
      execConfig,
      execCluster: cluster,
    };
  }
  const source = heldSource(user.held, fields);
  await source.load({ reason: 'initial', signal: new AbortController().signal });
  return { source };
}

// Arguments and environment of a plugin may hold secrets, and results get logged: they are there, but not shown.
function withHidden<Shown extends object, Hidden extends object>(
  shown: Shown,
  hidden: Hidden,
): Readonly<Shown & Hidden> {
  for (const [name, value] of Object.entries(hidden)) Object.defineProperty(shown, name, { value });
  return Object.freeze(shown) as Readonly<Shown & Hidden>;
}

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

function checkOptions(given: LoadKubeconfigOptions): LoadKubeconfigOptions {
  knownOptions('loadKubeconfig', given, ['path', 'text', 'context', 'exec', 'timeoutMs']);
  const options = snapshot(given);
  const { exec, timeoutMs, ...texts } = options;
  knownOptions('Option "exec" of loadKubeconfig', exec ?? {}, execOptionNames);
  // Asked here as well, so that a mistake shows whatever kind of user the kubeconfig has.
  execSource({ ...anyPlugin, timeoutMs, ...exec });
  for (const [name, value] of Object.entries(texts)) {
    // An empty text is an empty kubeconfig; an empty path or context is a variable that was never set.
    const isUsable = typeof value === 'string' && (value !== '' || name === 'text');
    if (value === undefined || isUsable) continue;
    throw new TypeError(`Option "${name}" of loadKubeconfig must be a string that is not empty.`);
  }
  if (options.path !== undefined && options.text !== undefined) {
    throw new TypeError('loadKubeconfig takes "path" or "text", not both.');
  }
  return options;
}
