/** Rotating credentials for @kubernetes/client-node. */
export {
  type BindKubeConfigOptions,
  bindKubeConfig,
  type KubeConfigBinding,
} from './bind-kube-config.js';
export type { ClusterLike, KubeConfigLike, UserLike } from './kube-config-shape.js';
