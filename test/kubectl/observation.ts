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
  /** Every other variable, a line for each, as a shell writes them. */
  readonly environment: string;
  readonly directory: string;
}

/** A request, reduced to who it says it comes from, whom it is for, and which way it came. */
export interface Arrival {
  /** What stands before the path of the API, and the namespace behind it; undefined where kubectl leaves the first out. */
  readonly place?: string;
  readonly host: string | undefined;
  /** The name that the client asked for when it made the connection (SNI). */
  readonly servername?: string;
  readonly authorization: string | undefined;
  /** As whom it acts: each header of impersonation, by name. */
  readonly impersonation?: readonly string[];
  /** SHA-256 fingerprint of the client certificate. */
  readonly certificate: string | undefined;
  readonly proxy?: ProxyVisit;
}

/** A request to a proxy to be let through, as it arrived there. */
export interface ProxyVisit {
  readonly kind: 'http' | 'https' | 'socks5';
  /** The host and port that were asked for. */
  readonly target: string;
  /** What the proxy was told about who is asking: a `Proxy-Authorization`, or what SOCKS has in its place. */
  readonly login?: string;
  /** An `Authorization`, which is none of the proxy's business. */
  readonly authorization?: string;
  /** Of the connection to a proxy over TLS. */
  readonly servername?: string;
  readonly certificate?: string;
}

/** At which step it failed. */
export type RefusalStep = 'kubeconfig' | 'start' | 'exit' | 'answer' | 'pair' | 'request';

export interface Refusal {
  readonly step: RefusalStep;
  readonly message: string;
}
