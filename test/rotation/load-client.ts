import type { BindOptions, CredentialManager, TrustSource } from '@keyturn/core';
import type { LoadServer, LoadServerOptions, RenewableServer } from './load-server.js';

/** How many requests a load has in the air. */
export const concurrency = 16;

/** A client, or a wrong one, that the loads are run with. */
export interface LoadClient {
  readonly name: string;
  /** How many connections it needs for a load. Default: one for each request in the air. */
  readonly connects?: 'once' | 'for each request';
  /** Whether it sends a refused request once more. Default true. */
  readonly replays?: boolean;
  /** Whether each refusal takes so long that fewer have to do. Default false. */
  readonly paysForRefusals?: boolean;
  /**
   * Whether it resets each stream at the end of its answer. A server on Node 20 ends a session that has seen a thousand resets,
   * so that a load has to be spread over several sessions. Default false.
   */
  readonly resetsStreams?: boolean;
  /** Whether a connection can resume the TLS session of another. Default true. */
  readonly resumes?: boolean;
  /** Whether it obeys `drainTimeoutMs`. Default true. */
  readonly cuts?: boolean;
  /** What the reader of a stream is told that `drainTimeoutMs` has cut. Default `ERR_CONNECTION_DRAINED`. */
  readonly cutCode?: string;
  readonly startServer: (options?: LoadServerOptions) => Promise<RenewableServer>;
  readonly bind: (parts: BindParts) => BoundClient | Promise<BoundClient>;
}

export interface BindParts {
  readonly manager: CredentialManager;
  readonly server: LoadServer;
  readonly options?: Omit<BindOptions, 'origins' | 'tls'> | undefined;
  /** Whom to trust. Default: the authority of the server, for ever. */
  readonly ca?: TrustSource | undefined;
  /** False: a new connection for each request, where the client can do that. Default true. */
  readonly keepAlive?: boolean | undefined;
}

export interface Question {
  readonly path: string;
  /** Sent with POST; without it the request is a GET. */
  readonly body?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface BoundClient {
  /** Resolves with the whole answer. */
  ask(question: Question): Promise<Answer>;
  /** Follows a stream until its reader leaves or the connection ends. */
  follow(path: string): AsyncIterable<string | Uint8Array>;
  close(): void;
}
