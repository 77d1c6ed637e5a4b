/** The `exec` part of a kubeconfig user, as `execSource` takes it. */
export interface PluginConfig {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion: 'client.authentication.k8s.io/v1';
  readonly interactiveMode: 'Never';
}
