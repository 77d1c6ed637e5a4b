import { CredentialError, memberOf, quoted } from '@keyturn/core/binding';
import { Fields, type Place } from '../document/fields.js';
import type { ClusterLike, KubeConfigLike, UserLike } from './kube-config-shape.js';

/** The current context of a KubeConfig. */
export interface CurrentContext {
  readonly name: string;
  readonly cluster: ClusterLike;
  readonly user: UserLike;
}

/**
 * @param anonymous whether it may name no user
 * @throws {CredentialError} ERR_KUBECONFIG_CONTEXT where it names no cluster, or no user.
 */
export function currentContextOf(kubeConfig: KubeConfigLike, anonymous = false): CurrentContext {
  const cluster = kubeConfig.getCurrentCluster();
  const user = kubeConfig.getCurrentUser() ?? (anonymous ? nobody : null);
  if (cluster !== null && user !== null) {
    return { name: kubeConfig.getCurrentContext(), cluster, user };
  }
  throw new CredentialError(
    'ERR_KUBECONFIG_CONTEXT',
    `The KubeConfig has no current context with a ${cluster === null ? 'cluster' : 'user'}. Load a kubeconfig into it before it is bound, or call setCurrentContext().`,
  );
}

// One object, because who is bound is known by it.
const nobody: UserLike = { name: '' };

/** What a KubeConfig knows of its cluster, under the names that it has in a kubeconfig. */
export function clusterFields({ name, cluster }: CurrentContext): Fields {
  const values = membersOf(cluster, {
    server: 'server',
    'certificate-authority-data': 'caData',
    'certificate-authority': 'caFile',
    'insecure-skip-tls-verify': 'skipTLSVerify',
    'tls-server-name': 'tlsServerName',
    'proxy-url': 'proxyUrl',
  });
  return Fields.of(values, placeOf(`cluster ${quoted(cluster.name)}`, name));
}

/**
 * The same of its user. The files and the plugin that stand in an `authProvider`, as `loadFromCluster()` and old kubeconfigs have them,
 * are those of a user who names them itself.
 */
export function userFields({ name, user }: CurrentContext): Fields {
  const { 'auth-provider': provider, ...own } = membersOf(user, {
    token: 'token',
    username: 'username',
    password: 'password',
    'client-certificate-data': 'certData',
    'client-certificate': 'certFile',
    'client-key-data': 'keyData',
    'client-key': 'keyFile',
    as: 'impersonateUser',
    exec: 'exec',
    'auth-provider': 'authProvider',
  });
  const { tokenFile, exec } = configOf(provider);
  const isKnown = tokenFile !== undefined || exec !== undefined;
  const rest = isKnown ? { tokenFile } : { 'auth-provider': provider };
  const values = { ...own, ...rest, exec: own['exec'] ?? exec };
  return Fields.of(values, placeOf(`user ${quoted(user.name)}`, name));
}

/** Of the object itself: what stands on Object.prototype is nobody's. @param names in the object, by those in a kubeconfig */
function membersOf<Part extends ClusterLike | UserLike>(
  part: Part,
  names: Readonly<Record<string, keyof Part>>,
): Record<string, unknown> {
  const members = Object.entries(names).map(([name, key]) => [name, memberOf(part, key)]);
  return Object.fromEntries(members);
}

function configOf(provider: unknown): { readonly tokenFile: unknown; readonly exec: unknown } {
  const config = isObject(provider) ? memberOf(provider, 'config') : undefined;
  const member = (name: string): unknown => (isObject(config) ? memberOf(config, name) : undefined);
  return { tokenFile: member('tokenFile'), exec: member('exec') };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** It forgets the file that it was loaded from, and makes paths of certificates absolute itself. */
function placeOf(entry: string, context: string): Place {
  return { file: 'the KubeConfig', directory: process.cwd(), entry, context };
}
