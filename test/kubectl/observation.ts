/** What became of one trial with one program. */
export interface Observation {
  /** What the plugin noted, once for each run. */
  readonly runs: readonly PluginRunNote[];
  /** What arrived at the server, in order. */
  readonly arrivals: readonly Arrival[];
  /** Whether what the plugin wrote to stderr came through to that of the program. */
  readonly forwarded: boolean;
  /** Why no request was sent; undefined where one arrived. */
  readonly refusal: Refusal | undefined;
}

export interface PluginRunNote {
  /** `KUBERNETES_EXEC_INFO`, to the byte. */
  readonly execInfo: string;
  readonly args: string;
  /** The variable `NOTE`, which stanzas set. */
  readonly note: string;
  readonly directory: string;
}

/** A request, reduced to who it says it comes from. */
export interface Arrival {
  readonly authorization: string | undefined;
  /** As whom it acts: each header of impersonation, by name. */
  readonly impersonation?: readonly string[];
  /** SHA-256 fingerprint of the client certificate. */
  readonly certificate: string | undefined;
}

/** At which step it failed. */
export type RefusalStep = 'kubeconfig' | 'start' | 'exit' | 'answer' | 'pair' | 'request';

export interface Refusal {
  readonly step: RefusalStep;
  readonly message: string;
}
