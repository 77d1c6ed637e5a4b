/** Requests that begin this soon after a rotation still pay for it: their connections are new. */
const aftermathMs = 250;

/** Counts the requests of one client. */
export class Tally {
  requests = 0;
  failures = 0;
  /** How many of the failures were refusals by the server, after the one replay that there is. */
  refusals = 0;
  firstFailure: string | undefined;
  slowestInRotationMs: number | undefined;

  /** Counts a request that ran from `startedAt` to `endedAt`, where the latest rotation was at `rotatedAt`. */
  ended(startedAt: number, endedAt: number, rotatedAt: number): void {
    this.requests += 1;
    if (rotatedAt < startedAt - aftermathMs) return;
    this.slowestInRotationMs = Math.max(this.slowestInRotationMs ?? 0, endedAt - startedAt);
  }

  failed(error: unknown): void {
    this.failures += 1;
    if (statusOf(error) === 401) this.refusals += 1;
    // The message alone: the rest of a client's error holds headers.
    this.firstFailure ??= error instanceof Error ? error.message : String(error);
  }
}

/** axios and got both keep the answer on the error. */
function statusOf(error: unknown): unknown {
  const { response } = error as {
    readonly response?: { readonly status?: unknown; readonly statusCode?: unknown };
  };
  return response?.status ?? response?.statusCode;
}
