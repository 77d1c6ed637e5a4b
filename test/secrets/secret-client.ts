/** What the matrix asks of each client, bound or bare. */

import type { CredentialManager } from '@keyturn/core';
import type { Situation } from './situations.js';
import type { Scheme, World } from './world.js';

/** Where a client is tried, and how it is bound. */
export interface Trial {
  readonly situation: Situation;
  readonly scheme: Scheme;
  /** Undefined: the bare client, which sends `authorization` itself. */
  readonly manager: CredentialManager | undefined;
  readonly authorization: string;
  /** Origin of the server, without a slash at the end. */
  readonly origin: string;
  readonly url: string;
  /** For a bare client of a server that demands one. */
  readonly clientCertificate: World['clientCertificate'];
  /** Undefined where the client is not to trust the server. */
  readonly ca: string | undefined;
  readonly proxy: string | undefined;
  /** Aborts as the situation says. */
  readonly signal: AbortSignal | undefined;
  /** Looks at something right now. */
  show(what: string, value: unknown): void;
  /** Does something when the trial is over. */
  defer(undo: () => unknown): void;
}

export interface SecretClient {
  readonly name: string;
  /** What is bound here: a client of its own, `ws` for one. */
  readonly binding: string;
  /** Whose binding that is. */
  readonly package: string;
  readonly schemes: readonly Scheme[];
  /** Default: every situation. */
  readonly plays?: (situation: Situation) => boolean;
  /** Sends one request, and shows what comes of it: its answer, its error, and all that leads there. */
  open(trial: Trial): (url: string) => Promise<void>;
}

/** Headers of a request: a bare client brings the Authorization itself. */
export function headersOf({ manager, authorization }: Trial): Record<string, string> {
  return manager === undefined ? { authorization } : {};
}
