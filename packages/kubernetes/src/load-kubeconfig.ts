import { createCredentialManager } from '@keyturn/core';
import type { ExecCluster } from '@keyturn/core/exec';
import { chooseContext } from './choose-context.js';
import { readCluster } from './cluster/cluster.js';
import type { Fields } from './document/fields.js';
import { isEmptyKubeconfig, type Kubeconfig } from './document/kubeconfig-document.js';
import { findKubeconfig } from './document/kubeconfig-files.js';
import { isInPod, loadPod, serviceAccountDirectory } from './load-in-cluster.js';
import {
  checkLoadOptions,
  type LoadKubeconfigOptions,
  type ShareKubeconfigOptions,
} from './load-options.js';
import {
  type LoadedKubeconfig,
  loadedKubeconfig,
  type SharedKubeconfig,
} from './loaded-kubeconfig.js';
import { readHeld } from './user/read-held.js';
import { sourceOfUser, type UserSource } from './user/source-of-user.js';
import { readUser } from './user/user.js';

/**
 * Reads a kubeconfig the way kubectl does, and makes a credential source of its user.
 *
 * ```ts
 * const { server, bindOptions, source } = await loadKubeconfig();
 * const credentials = createCredentialManager({ source });
 * const { client } = bindAxios(axios.create({ baseURL: server }), credentials, bindOptions);
 * ```
 * No plugin is run and no request is made. Files that the user names are read once, so that a wrong path fails here.
 *
 * With a `registry` the result has a manager, too, `credentials`: that of all who run the same plugin in the same way, until it or
 * the registry is closed.
 *
 * In a pod, where neither options nor a kubeconfig say anything, it gives what `loadInCluster()` does, as kubectl has it.
 *
 * @throws {CredentialError} ERR_KUBECONFIG_READ, _PARSE, _CONTEXT, _FIELD or _UNSUPPORTED, naming the file, the
 * context and the field, and quoting no secret. ERR_IN_CLUSTER where it is a pod's turn and something is missing there.
 * @throws {TypeError} for an option that is unknown or has a nonsensical value, and for `path` together with `text`.
 */
export function loadKubeconfig(options: ShareKubeconfigOptions): Promise<SharedKubeconfig>;
export function loadKubeconfig(options?: LoadKubeconfigOptions): Promise<LoadedKubeconfig>;
export function loadKubeconfig(options: LoadKubeconfigOptions = {}): Promise<LoadedKubeconfig> {
  return loadFrom(options, serviceAccountDirectory);
}

/** @param podDirectory where a pod has its service account. */
export async function loadFrom(
  given: LoadKubeconfigOptions,
  podDirectory: string,
): Promise<LoadedKubeconfig> {
  const options = checkLoadOptions(given);
  const found = await findKubeconfig(options);
  const { registry } = options;
  if (isPodsTurn(found, options)) {
    const pod = await loadPod(podDirectory, options.namespace);
    return registry === undefined ? pod : withCredentials(pod);
  }
  if ('missing' in found) throw found.missing;
  const context = chooseContext(found, options);
  const { server, origin, tls, proxy, execCluster } = await readCluster(context.cluster);
  const { source, passedOver, share, ...exec } = await sourceOf(context.user, execCluster, options);
  const { name, namespace } = context;
  const shown = { context: name, server, origin, namespace, tls, source, passedOver };
  const hidden = {
    ...exec,
    ...(proxy !== undefined && { proxy }),
    ...(registry !== undefined && { credentials: share(registry) }),
  };
  return loadedKubeconfig(shown, hidden);
}

/** A pod has one identity, which nobody else has. */
function withCredentials(pod: LoadedKubeconfig): SharedKubeconfig {
  const credentials = createCredentialManager({ source: pod.source });
  return loadedKubeconfig({ namespace: undefined, ...pod }, { credentials }) as SharedKubeconfig;
}

/** kubectl takes the service account where a kubeconfig says nothing, and nobody has asked for a part of one. */
function isPodsTurn(
  found: Kubeconfig | { missing: unknown },
  options: LoadKubeconfigOptions,
): boolean {
  const { path, text, context, cluster, user } = options;
  const isAsked = [path, text, context, cluster, user].some((option) => option !== undefined);
  return !isAsked && isInPod() && ('missing' in found || isEmptyKubeconfig(found));
}

async function sourceOf(
  fields: Fields,
  cluster: ExecCluster,
  { timeoutMs, exec, anonymous }: LoadKubeconfigOptions,
): Promise<UserSource> {
  const user = readUser(fields, anonymous);
  if (user.kind === 'held') await readHeld(user.held, fields, Date.now());
  const limits = { ...(timeoutMs !== undefined && { timeoutMs }), ...exec };
  return sourceOfUser(user, fields, cluster, limits);
}
