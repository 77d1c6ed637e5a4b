import type { Trial } from '../trial.js';
import type { WholeKubeconfig } from '../whole-kubeconfig.js';

/** The parts of a plain kubeconfig, each as lines of YAML. */
export interface Parts {
  /** What stands in the cluster. */
  readonly cluster?: string;
  /** What stands in the user. */
  readonly user?: string;
  /** What stands in the context, beside the cluster. */
  readonly context?: string;
}

export const server = 'server: https://localhost:PORT';
export const authority = 'certificate-authority-data: CA_DATA';
const token = 'token: a-token';

/** Context "work", cluster "prod", user "me". */
export function kubeconfig({
  cluster = `${server}\n${authority}`,
  user = token,
  context = 'user: me',
}: Parts = {}): string {
  return `apiVersion: v1
kind: Config
current-context: work
clusters:
- name: prod
  cluster:
${indented(cluster)}
contexts:
- name: work
  context:
    cluster: prod
${indented(context)}
users:
- name: me
  user:
${indented(user)}
`;
}

function indented(lines: string): string {
  return lines.replaceAll(/^(?=.)/gm, '    ');
}

/** One file, with others beside it. */
export function written(
  name: string,
  text: string | Uint8Array,
  { files = {}, ...more }: Partial<WholeKubeconfig> = {},
): Trial {
  return { name, whole: { files: { config: text, ...files }, ...more } };
}

/** With this cluster, and a token. */
export function withCluster(name: string, cluster: string, more?: Partial<WholeKubeconfig>): Trial {
  return written(name, kubeconfig({ cluster }), more);
}

/** With this user. */
export function withUser(name: string, user: string, more?: Partial<WholeKubeconfig>): Trial {
  return written(name, kubeconfig({ user }), more);
}

/** Tried in every run of the suite too, with the newest kubectl. */
export function core(trial: Trial): Trial {
  return { ...trial, core: true };
}
