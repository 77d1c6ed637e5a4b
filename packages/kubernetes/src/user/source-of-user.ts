import {
  type CredentialManager,
  type CredentialRegistry,
  type CredentialSource,
  createCredentialManager,
  sourceAround,
  staticSource,
} from '@keyturn/core';
import { type ExecCluster, type ExecConfig, execSource } from '@keyturn/core/exec';
import type { Fields } from '../document/fields.js';
import type { Headers } from './impersonation.js';
import type { PassedOverPlugin, User } from './user.js';
import { userSource } from './user-source.js';

/** What a kubeconfig cannot say about the plugin of a user. */
type ExecLimits = Pick<ExecConfig, 'timeoutMs' | 'pluginPolicy' | 'onStderr'>;

export interface UserSource {
  readonly source: CredentialSource;
  readonly passedOver?: PassedOverPlugin | undefined;
  /** The user's plugin and what it is told, where what `source` gives is what it prints. */
  readonly execConfig?: ExecConfig;
  readonly execCluster?: ExecCluster;
  /** Returns a manager of its credentials: that of everybody who runs the same plugin in the same way, from `registry`. */
  share(registry: CredentialRegistry): CredentialManager;
}

/** @param fields of the user, for errors */
export function sourceOfUser(
  user: User,
  fields: Fields,
  cluster: ExecCluster,
  limits: ExecLimits = {},
): UserSource {
  const { headers } = user;
  if (user.kind === 'exec') return sourceOfPlugin({ ...user.exec, ...limits }, cluster, headers);
  const source = sourceOfHeld(user, fields);
  // A token or a certificate of the user's own: nothing runs that could be shared.
  const passedOver = user.kind === 'held' ? user.passedOver : undefined;
  return { source, passedOver, share: () => createCredentialManager({ source }) };
}

function sourceOfHeld(user: Exclude<User, { kind: 'exec' }>, fields: Fields): CredentialSource {
  const { headers } = user;
  if (user.kind === 'nobody') return staticSource({ anonymous: true, headers });
  const source = userSource(user.held, fields);
  return headers === undefined ? source : withHeaders(source, headers);
}

function sourceOfPlugin(
  execConfig: ExecConfig,
  cluster: ExecCluster,
  headers: Headers | undefined,
): UserSource {
  const source = execSource(execConfig, { cluster });
  const share: UserSource['share'] = (registry) =>
    registry.acquire(execConfig, { cluster, headers }).manager;
  // Whoever ran the plugin alone would act with other rights.
  if (headers !== undefined) return { source: withHeaders(source, headers), share };
  return { source, execConfig, execCluster: cluster, share };
}

/** The same credentials, with headers that each request has to have besides. */
function withHeaders(source: CredentialSource, headers: Headers): CredentialSource {
  return sourceAround(source, async (context) => ({ ...(await source.load(context)), headers }));
}
