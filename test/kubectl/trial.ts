import type { WholeKubeconfig } from './whole-kubeconfig.js';

/** One thing to try with both: what the plugin does, and how the kubeconfig speaks of it. */
export interface Trial {
  readonly name: string;
  /** What the plugin prints. Default: `goodOutput`. */
  readonly output?: string | Uint8Array;
  /** What it does after it has noted its run, as shell text in the folder of the trial. Default: `cat output`. */
  readonly script?: string;
  /** What it writes to stderr. */
  readonly stderr?: string;
  /** Fields of the `exec` stanza, beside those of a plain one; undefined removes a field. */
  readonly exec?: Readonly<Record<string, unknown>>;
  /** Where the plugin lies below the folder of the trial; null: there is none. Default `plugin`. */
  readonly plugin?: string | null;
  /** Permissions of the plugin. Default 0o755. */
  readonly mode?: number;
  /** Fields of the user, beside `exec`. */
  readonly user?: Readonly<Record<string, unknown>>;
  /** Fields of the cluster. */
  readonly cluster?: (server: ServerAddress) => Readonly<Record<string, unknown>>;
  /** The cluster's `extensions`, as YAML flow text. */
  readonly extensions?: string;
  /** Further files in the folder of the trial; they may be run. */
  readonly files?: (server: ServerAddress) => Readonly<Record<string, string>>;
  /** A kubeconfig as a whole, in place of one that is made of the parts above. */
  readonly whole?: WholeKubeconfig;
  /** The server refuses every request with 401. */
  readonly refused?: boolean;
  /** Tried with every kubectl, not only with the newest and the oldest. */
  readonly core?: boolean;
}

export interface ServerAddress {
  /** `https://localhost:PORT` */
  readonly url: string;
  readonly port: string;
  /** `http://localhost:PORT` of a second server. */
  readonly plainUrl: string;
  /** PEM text. */
  readonly ca: string;
}

export const v1 = 'client.authentication.k8s.io/v1';
export const v1beta1 = 'client.authentication.k8s.io/v1beta1';
export const v1alpha1 = 'client.authentication.k8s.io/v1alpha1';

/** An ExecCredential of version v1 with these fields in its status. */
export function answer(status: unknown, fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ kind: 'ExecCredential', apiVersion: v1, status, ...fields });
}

export const goodOutput: string = answer({ token: 'a-token' });

/** The variable by which a plugin knows for whom it runs. */
export const programVariable = 'KEYTURN_TRIAL_PROGRAM';
