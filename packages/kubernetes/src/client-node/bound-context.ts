import type { CredentialManager, CredentialRegistry } from '@keyturn/core';
import type { BindOptions } from '@keyturn/core/binding';
import { CredentialAgent } from '@keyturn/https';
import type { CredentialDispatcher } from '@keyturn/undici';
import { type Cluster, readClusterNow } from '../cluster/cluster.js';
import type { KubeconfigExecOptions } from '../load-options.js';
import { sourceOfUser } from '../user/source-of-user.js';
import { readUser } from '../user/user.js';
import { type CurrentContext, clusterFields, userFields } from './kube-config-fields.js';
import { loadDispatcher } from './load-dispatcher.js';
import { wholeBodies } from './whole-bodies.js';

export interface ContextOptions
  extends Pick<BindOptions, 'drainTimeoutMs' | 'refusedStatuses' | 'replay'> {
  /** Where contexts share a manager, and so one run of their plugin. */
  readonly registry: CredentialRegistry;
  readonly exec?: KubeconfigExecOptions | undefined;
  /** Whether a user without any credential is one. */
  readonly anonymous?: boolean | undefined;
}

// Before a load balancer forgets a connection that says nothing, as client-go has it.
const keepAliveInitialDelay = 30_000;

/** The cluster of a context, with the credentials of its user: what the requests to it go through. */
export class BoundContext {
  readonly credentials: CredentialManager;
  readonly agent: CredentialAgent;
  readonly #held: readonly unknown[];
  readonly #bindOptions: BindOptions;
  #dispatcher: { readonly own: CredentialDispatcher; readonly composed: object } | undefined;

  /** @throws {CredentialError} as `loadKubeconfig` does; where a user is not known, ERR_KUBECONFIG_UNSUPPORTED. */
  constructor(current: CurrentContext, { registry, exec, anonymous, ...options }: ContextOptions) {
    const cluster = readClusterNow(clusterFields(current));
    expectTls(current, cluster);
    const fields = userFields(current);
    const user = sourceOfUser(readUser(fields, anonymous), fields, cluster.execCluster, exec);
    const { origin, tls, proxy } = cluster;
    this.#held = partsOf(current);
    this.#bindOptions = { ...options, origins: [origin], tls, proxy };
    this.credentials = user.share(registry);
    this.agent = new CredentialAgent(this.credentials, this.#bindOptions);
  }

  /** What version 2 fetches through. */
  get dispatcher(): object {
    if (this.#dispatcher === undefined) {
      const own = new (loadDispatcher())(this.credentials, {
        ...this.#bindOptions,
        agent: { connect: { keepAlive: true, keepAliveInitialDelay } },
      });
      this.#dispatcher = { own, composed: own.compose(wholeBodies as never) };
    }
    return this.#dispatcher.composed;
  }

  /** Tells whether cluster and user are still what they were, as programs that have their own way to rotate change them. */
  isOf(current: CurrentContext): boolean {
    const parts = partsOf(current);
    return (
      parts.length === this.#held.length && parts.every((part, index) => part === this.#held[index])
    );
  }

  /** Idle connections close, busy ones after their request. */
  end(): void {
    this.agent.unbind();
    this.#dispatcher?.own.unbind();
    void this.credentials.close();
  }
}

/** Each name with its value: one moved to another field is a change. */
function partsOf({ cluster, user }: CurrentContext): unknown[] {
  return [cluster, user].flatMap((part) => Object.entries(part).flat());
}

function expectTls(current: CurrentContext, { server }: Cluster): void {
  if (!server.startsWith('http:')) return;
  throw clusterFields(current).problem(
    'server',
    'is plain http, where bindKubeConfig has nothing to add. Write "https://", or leave this KubeConfig as it is',
    'ERR_KUBECONFIG_UNSUPPORTED',
  );
}
