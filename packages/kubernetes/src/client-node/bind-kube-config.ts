import {
  type CredentialManager,
  type CredentialRegistry,
  createCredentialRegistry,
} from '@keyturn/core';
import {
  type BindOptions,
  booleanOption,
  checkBindOptions,
  memberOf,
  type OptionUse,
} from '@keyturn/core/binding';
import { checkExecOptions, checkRegistry, type KubeconfigExecOptions } from '../load-options.js';
import { BoundContexts } from './bound-contexts.js';
import type { HttpsOptionsLike, KubeConfigLike, RequestContextLike } from './kube-config-shape.js';
import { loadDispatcher } from './load-dispatcher.js';
import { replaceMethod } from './replace-method.js';

export interface BindKubeConfigOptions
  extends Pick<BindOptions, 'drainTimeoutMs' | 'refusedStatuses' | 'replay'> {
  /**
   * Where KubeConfigs share a manager, and so one run of their plugin. Default: one that the contexts of this KubeConfig share, and
   * nobody else.
   */
  readonly registry?: CredentialRegistry | undefined;
  /** What a kubeconfig cannot say about its plugin. */
  readonly exec?: KubeconfigExecOptions | undefined;
  /** Whether a user without any credential, or none at all, may go on as nobody. Default false: it is an error. */
  readonly anonymous?: boolean | undefined;
}

/** What `bindKubeConfig` returns. */
export interface KubeConfigBinding {
  /** Of the user of the current context. */
  readonly credentials: CredentialManager;
  /** Puts the KubeConfig back as it was, and closes what was made for it. */
  unbind(): void;
}

const ofTheKubeconfig = { refusedBecause: 'the KubeConfig says it' };

const optionUse: OptionUse<BindKubeConfigOptions & BindOptions> = {
  origins: ofTheKubeconfig,
  tls: ofTheKubeconfig,
  replay: 'taken',
  allowInsecure: { refusedBecause: 'an API server that asks who is there speaks https' },
  drainTimeoutMs: 'taken',
  proxy: ofTheKubeconfig,
  refusedStatuses: 'taken',
  registry: 'taken',
  exec: 'taken',
  anonymous: 'taken',
};

/**
 * Has a KubeConfig of @kubernetes/client-node, version 1 or 2, authenticate with a manager: one line in a program that stays as it is.
 *
 * ```ts
 * const kubeConfig = new KubeConfig();
 * kubeConfig.loadFromDefault();
 * const { credentials, unbind } = bindKubeConfig(kubeConfig);
 * ```
 * Everything that is made with it, before or afterwards, goes with the credentials of its user, to its server and nowhere else:
 * generated clients, Watch, informers, Log, Metrics, Exec, Attach, PortForward and Cp. The plugin runs once for all of them, and as
 * kubectl runs it; connections are kept; what the server refuses is sent once more with the next credential, an upgrade too; and
 * a rotated certificate is on every connection from then on.
 *
 * It follows `setCurrentContext()`, and cluster and user where they are changed or loaded anew. Version 2 needs @keyturn/undici.
 *
 * No token, key or certificate stands in what `applyToHTTPSOptions()` fills in: `agent` puts them on the request. Who wants the
 * token itself asks `credentials`.
 * @throws {CredentialError} as `loadKubeconfig` does, for what stands in the current context: ERR_KUBECONFIG_UNSUPPORTED for a user
 * of an auth provider, and for a server in plain http. The KubeConfig stays as it was then.
 * @throws {TypeError} naming the option that is unknown or has a nonsensical value; for a KubeConfig that is bound already; and where
 * @keyturn/undici is missing for version 2.
 */
export function bindKubeConfig(
  kubeConfig: KubeConfigLike,
  options: BindKubeConfigOptions = {},
): KubeConfigBinding {
  checkKubeConfig(kubeConfig);
  const { registry, exec, anonymous, drainTimeoutMs, refusedStatuses, replay } = checkBindOptions(
    'bindKubeConfig',
    options,
    optionUse,
  );
  booleanOption('anonymous', anonymous, false);
  checkRegistry('bindKubeConfig', registry);
  checkExecOptions('bindKubeConfig', exec);
  const contexts = new BoundContexts(kubeConfig, {
    ...{ exec, anonymous, drainTimeoutMs, refusedStatuses, replay },
    registry: registry ?? createCredentialRegistry(),
  });
  const restore = applyContexts(kubeConfig, contexts);
  return {
    get credentials() {
      return contexts.current.credentials;
    },
    unbind: () => {
      for (const undo of restore) undo();
      contexts.end();
    },
  };
}

/** Puts `contexts` in the place of what a KubeConfig applies itself. @returns what takes them away again */
function applyContexts(kubeConfig: KubeConfigLike, contexts: BoundContexts): (() => void)[] {
  const applyToHttps = async (options: HttpsOptionsLike): Promise<void> => {
    const { agent } = await contexts.ready();
    // What stands on Object.prototype would be the headers of all.
    if (memberOf(options, 'headers') === undefined) options.headers = {};
    options.agent = agent;
  };
  const applyToRequest = async (request: RequestContextLike): Promise<void> => {
    const context = await contexts.ready();
    if (request.setDispatcher === undefined) request.setAgent?.(context.agent);
    else request.setDispatcher(context.dispatcher);
  };
  return [
    replaceMethod(kubeConfig, 'applyToHTTPSOptions', applyToHttps),
    replaceMethod(kubeConfig, 'applySecurityAuthentication', applyToRequest),
  ];
}

function checkKubeConfig(kubeConfig: KubeConfigLike): void {
  const names = ['getCurrentCluster', 'getCurrentUser', 'applyToHTTPSOptions'] as const;
  const isOne = names.every((name) => typeof Object(kubeConfig)[name] === 'function');
  const applies = typeof Object(kubeConfig).applySecurityAuthentication === 'function';
  if (!isOne || !applies) {
    throw new TypeError(
      'bindKubeConfig takes a KubeConfig of @kubernetes/client-node, version 1 or 2.',
    );
  }
  // Version 2 has it. Here, so that a package that is missing shows at once.
  if ('createDispatcher' in kubeConfig) loadDispatcher();
}
