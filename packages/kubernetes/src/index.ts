/** Reads a kubeconfig, or what a pod is given, into a server, its TLS settings and a credential source. */
export { type ListedContext, listContexts } from './list-contexts.js';
export { type LoadInClusterOptions, loadInCluster } from './load-in-cluster.js';
export { loadKubeconfig } from './load-kubeconfig.js';
export type {
  KubeconfigExecOptions,
  LoadKubeconfigOptions,
  ShareKubeconfigOptions,
  WhichKubeconfig,
} from './load-options.js';
export type { LoadedKubeconfig, ServerBindOptions, SharedKubeconfig } from './loaded-kubeconfig.js';
export type { PassedOverPlugin } from './user/user.js';
