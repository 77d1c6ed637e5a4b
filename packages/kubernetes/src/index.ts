/** Reads a kubeconfig into a server, its TLS settings and a credential source. */
export {
  type KubeconfigExecOptions,
  type LoadedKubeconfig,
  type LoadKubeconfigOptions,
  loadKubeconfig,
} from './load-kubeconfig.js';
