/**
 * The parts of @kubernetes/client-node that this binding touches, declared here so that versions 1 and 2 of it both compile against
 * them.
 */

/** A KubeConfig. What it applies to a request is what all of its clients ask it for. */
export interface KubeConfigLike {
  getCurrentContext(): string;
  getCurrentCluster(): ClusterLike | null;
  getCurrentUser(): UserLike | null;
  /** For WebSockets and, in version 1, for what is fetched. */
  applyToHTTPSOptions(options: never): Promise<void>;
  /** For generated clients and, in version 2, for all that is fetched. */
  applySecurityAuthentication(context: never): Promise<void>;
}

export interface ClusterLike {
  readonly name: string;
  readonly server: string;
  readonly caData?: string | undefined;
  readonly caFile?: string | undefined;
  readonly skipTLSVerify?: boolean | undefined;
  readonly tlsServerName?: string | undefined;
  readonly proxyUrl?: string | undefined;
}

export interface UserLike {
  readonly name: string;
  readonly token?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly certData?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyData?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly impersonateUser?: string | undefined;
  // As they stand in the kubeconfig.
  readonly exec?: unknown;
  readonly authProvider?: unknown;
}

/** The options of node:https that a KubeConfig completes. */
export interface HttpsOptionsLike {
  agent?: unknown;
  headers?: unknown;
}

/** A request of a generated client: version 1 gives it an agent, version 2 a dispatcher. */
export interface RequestContextLike {
  setAgent?(agent: unknown): void;
  setDispatcher?(dispatcher: unknown): void;
}
