import { inspect } from 'node:util';
import type { CredentialManager, CredentialSource } from '@keyturn/core';
import { redactProxyUrl, type TlsOptions } from '@keyturn/core/binding';
import type { ExecCluster, ExecConfig } from '@keyturn/core/exec';
import type { PassedOverPlugin } from './user/user.js';

/** What every binding to the server has to be given. */
export interface ServerBindOptions {
  readonly origins: readonly string[];
  readonly tls: TlsOptions;
  /** Where the cluster has a `proxy-url`. It may hold a password, which is not shown when this object is printed or turned into JSON. */
  readonly proxy?: string;
}

/** What one context of a kubeconfig, or a pod, comes to. */
export interface LoadedKubeconfig {
  /** Name of the context; `in-cluster` for that of a pod. Empty where cluster and user were named and no context was. */
  readonly context: string;
  /** Base URL of the API server, as it stands in the kubeconfig; it may have a path. */
  readonly server: string;
  /** Origin of `server`: where the credential may go. */
  readonly origin: string;
  /** The namespace of the context; undefined where it names none, which means "default" to kubectl. */
  readonly namespace?: string;
  readonly tls: TlsOptions;
  /** The `proxy-url` of the cluster: an http, https or socks5 URL. Not enumerable, because it may hold a password. */
  readonly proxy?: string;
  /**
   * What a binding has to be given: pass it on whole, or spread it, and nothing is forgotten that the kubeconfig says
   * about the connection.
   */
  readonly bindOptions: ServerBindOptions;
  readonly source: CredentialSource;
  /** Where the user has a plugin that is not run, because something else stands beside it: which, and what. */
  readonly passedOver?: PassedOverPlugin;
  /**
   * The user's plugin, where what `source` gives is what it prints: to make an `execSource` with limits of your own from it.
   * Not enumerable, because its `args` and `env` may hold secrets.
   */
  readonly execConfig?: ExecConfig;
  /** What the plugin is told about the cluster, to go with `execConfig`. Not enumerable either. */
  readonly execCluster?: ExecCluster;
  /** With a `registry`: a manager of these credentials, which is yours to close. Not enumerable either. */
  readonly credentials?: CredentialManager;
}

/** What a context comes to where a registry was given. */
export interface SharedKubeconfig extends LoadedKubeconfig {
  readonly credentials: CredentialManager;
}

/** Adds what follows from the rest. `hidden` is there, but not shown: results get logged. */
export function loadedKubeconfig(
  {
    namespace,
    passedOver,
    ...shown
  }: Pick<LoadedKubeconfig, 'context' | 'server' | 'origin' | 'tls' | 'source'> & {
    readonly namespace: string | undefined;
    readonly passedOver?: PassedOverPlugin | undefined;
  },
  hidden: Pick<LoadedKubeconfig, 'execConfig' | 'execCluster' | 'credentials' | 'proxy'> = {},
): LoadedKubeconfig {
  const { origin, tls } = shown;
  const bindOptions = bindOptionsOf(origin, tls, hidden.proxy);
  const loaded = {
    ...shown,
    bindOptions,
    ...(namespace !== undefined && { namespace }),
    ...(passedOver !== undefined && { passedOver: Object.freeze(passedOver) }),
  };
  for (const [name, value] of Object.entries(hidden)) {
    Object.defineProperty(loaded, name, { value });
  }
  return Object.freeze(loaded);
}

/** A program spreads it, so that the proxy must be enumerable; its password is kept out of what is printed. */
function bindOptionsOf(
  origin: string,
  tls: TlsOptions,
  proxy: string | undefined,
): ServerBindOptions {
  const options: ServerBindOptions = { origins: [origin], tls };
  if (proxy === undefined) return Object.freeze(options);
  const show = (): ServerBindOptions => ({ ...options, proxy: redactProxyUrl(proxy) });
  const shown = Object.defineProperties(
    { ...options, proxy },
    { toJSON: { value: show }, [inspect.custom]: { value: show } },
  );
  return Object.freeze(shown);
}
