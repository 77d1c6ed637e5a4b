import { quoted } from '@keyturn/core/binding';
import type { Fields } from '../document/fields.js';

/** The plugin that has taken the place of each way to log in that was built into old versions of kubectl. */
const successors: Readonly<Record<string, string>> = {
  gcp: 'Install the exec plugin "gke-gcloud-auth-plugin", then run "gcloud container clusters get-credentials" once more',
  azure: 'Install the exec plugin "kubelogin" of Azure, then run "kubelogin convert-kubeconfig"',
  oidc: 'Install the exec plugin "kubectl oidc-login" (kubelogin), and let "kubectl oidc-login setup" write an "exec" in its place',
  openstack:
    'Install the exec plugin "client-keystone-auth", and name it in an "exec" in its place',
};

/** Says that a way to log in is gone, and which plugin to use instead. */
export function authProviderFault(provider: Fields): string {
  const name = provider.text('name');
  const successor = successors[name ?? ''];
  if (name === undefined || successor === undefined) {
    return 'is not supported. Put the exec plugin of your provider in its place, as "exec"';
  }
  return `is ${quoted(name)}, which is not supported. ${successor}`;
}
