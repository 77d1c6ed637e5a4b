import { type CredentialSource, sourceAround, staticSource } from '@keyturn/core';
import { type ExecCluster, type ExecConfig, execSource } from '@keyturn/core/exec';
import { chooseContext } from './choose-context.js';
import { readCluster } from './cluster/cluster.js';
import type { Fields } from './document/fields.js';
import { isEmptyKubeconfig, type Kubeconfig } from './document/kubeconfig-document.js';
import { findKubeconfig } from './document/kubeconfig-files.js';
import { isInPod, loadPod, serviceAccountDirectory } from './load-in-cluster.js';
import { checkLoadOptions, type LoadKubeconfigOptions } from './load-options.js';
import { type LoadedKubeconfig, loadedKubeconfig } from './loaded-kubeconfig.js';
import type { Headers } from './user/impersonation.js';
import { readHeld } from './user/read-held.js';
import { type PassedOverPlugin, readUser } from './user/user.js';
import { userSource } from './user/user-source.js';

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
 * In a pod, where neither options nor a kubeconfig say anything, it gives what `loadInCluster()` does, as kubectl has it.
 *
 * @throws {CredentialError} ERR_KUBECONFIG_READ, _PARSE, _CONTEXT, _FIELD or _UNSUPPORTED, naming the file, the
 * context and the field, and quoting no secret. ERR_IN_CLUSTER where it is a pod's turn and something is missing there.
 * @throws {TypeError} for an option that is unknown or has a nonsensical value, and for `path` together with `text`.
 */
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
  if (isPodsTurn(found, options)) return loadPod(podDirectory, options.namespace);
  if ('missing' in found) throw found.missing;
  const context = chooseContext(found, options);
  const { server, origin, tls, execCluster } = await readCluster(context.cluster);
  const { source, passedOver, ...exec } = await sourceOf(context.user, execCluster, options);
  const { name, namespace } = context;
  const shown = { context: name, server, origin, namespace, tls, source, passedOver };
  return loadedKubeconfig(shown, exec);
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

interface UserSource {
  readonly source: CredentialSource;
  readonly passedOver?: PassedOverPlugin | undefined;
  readonly execConfig?: ExecConfig;
  readonly execCluster?: ExecCluster;
}

async function sourceOf(
  fields: Fields,
  cluster: ExecCluster,
  { timeoutMs, exec, anonymous }: LoadKubeconfigOptions,
): Promise<UserSource> {
  const user = readUser(fields, anonymous);
  const { headers } = user;
  if (user.kind === 'exec') {
    const execConfig = { ...user.exec, ...(timeoutMs !== undefined && { timeoutMs }), ...exec };
    const source = execSource(execConfig, { cluster });
    // Whoever ran the plugin alone would act with other rights.
    if (headers !== undefined) return { source: withHeaders(source, headers) };
    return { source, execConfig, execCluster: cluster };
  }
  if (user.kind === 'nobody') return { source: staticSource({ anonymous: true, headers }) };
  await readHeld(user.held, fields, Date.now());
  const source = userSource(user.held, fields);
  const { passedOver } = user;
  return { source: headers === undefined ? source : withHeaders(source, headers), passedOver };
}

/** The same credentials, with headers that each request has to have besides. */
function withHeaders(source: CredentialSource, headers: Headers): CredentialSource {
  return sourceAround(source, async (context) => ({ ...(await source.load(context)), headers }));
}
