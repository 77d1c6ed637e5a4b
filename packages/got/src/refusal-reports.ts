import type { CredentialManager, Refusal } from '@keyturn/core/binding';
import { untilCallerLeaves } from './caller-abort.js';
import type { GotOptions, GotResponse } from './got-shape.js';
import { isReplayable, type RequestState } from './request-state.js';

/** Tells the manager about refusals. got decides when a request is sent, so `withCredential` has no place here. */
export class RefusalReports {
  readonly #manager: CredentialManager;
  readonly #replay: boolean;

  constructor(manager: CredentialManager, replay: boolean) {
    this.#manager = manager;
    this.#replay = replay;
  }

  /**
   * Reports the refusal of a request, and resolves with whether it should be sent once more.
   * @param response undefined where a TLS alert was the refusal
   */
  async canReplay(
    options: GotOptions,
    state: RequestState,
    response: GotResponse | undefined,
  ): Promise<boolean> {
    const { credential } = state;
    if (credential === undefined) return false;
    if (!this.#replay || !isReplayable(options, state)) {
      this.report(state, response);
      return false;
    }
    const next = await untilCallerLeaves(options, (signal) =>
      this.#manager.invalidate(credential, { signal, response: response && refusalOf(response) }),
    );
    return next !== undefined;
  }

  /** Reports a refusal that is passed on: nobody waits for the outcome, the next request gets the new credential. */
  report({ credential }: RequestState, response: GotResponse | undefined): void {
    if (credential === undefined) return;
    this.#manager
      .invalidate(credential, { response: response && refusalOf(response) })
      .catch(() => {});
  }
}

function refusalOf({ statusCode, headers }: GotResponse): Refusal {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), [value].flat()] as const],
  );
  return { status: statusCode, headers: Object.fromEntries(lines) };
}
