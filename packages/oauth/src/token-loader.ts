import type { CredentialMaterial, LoadContext } from '@keyturn/core';
import { CredentialError, isCredentialError, snapshot } from '@keyturn/core/binding';
import { systemClock } from '@keyturn/core/lifecycle';
import { genericTokenEndpointRequest } from 'oauth4webapi';
import { type Asked, askThrough } from './ask-through.js';
import { clientAuthentication } from './client-authentication.js';
import { type PresentedGrant, present } from './grant.js';
import { GrantMemory } from './grant-memory.js';
import { refusalIn } from './oauth-failure.js';
import type { CheckedOptions } from './options.js';
import type { Attempt } from './secret-text.js';
import { ServerPause } from './server-pause.js';
import { type LoadControl, SharedLoads } from './shared-loads.js';
import { readTokenResponse } from './token-response.js';
import { type TokenServer, TokenServerFinder } from './token-server.js';

/** The loads of an OAuth source. */
export class TokenLoader {
  readonly #options: CheckedOptions;
  readonly #finder: TokenServerFinder;
  readonly #memory: GrantMemory = new GrantMemory();
  readonly #pause: ServerPause = new ServerPause();
  readonly #loads: SharedLoads<CredentialMaterial> = new SharedLoads();

  constructor(options: CheckedOptions) {
    this.#options = options;
    this.#finder = new TokenServerFinder(options);
  }

  async load({
    reason,
    signal,
    state,
    isKept,
    clock = systemClock,
  }: LoadContext): Promise<CredentialMaterial> {
    signal.throwIfAborted();
    const isRequested = reason === 'requested';
    if (!isRequested) this.#pause.check(clock.now());
    const attempt = { signal, clock, secrets: new Set<string>() };
    const grant = await present(this.#options.grant, attempt, state);
    this.#memory.check(grant, { isRequested, now: clock.now() });
    const exchange = ({ signal: until, sent }: LoadControl): Promise<CredentialMaterial> =>
      this.#exchange(grant, { ...attempt, signal: until }, sent);
    // Two managers that start with one refresh token would spend it twice.
    return grant.refreshToken === undefined
      ? exchange({ signal, sent: () => {} })
      : this.#loads.join(grant.digest, { signal, isKept }, exchange);
  }

  async #exchange(
    grant: PresentedGrant,
    attempt: Attempt,
    sent: () => void,
  ): Promise<CredentialMaterial> {
    try {
      const server = await this.#finder.find(attempt);
      const startedAt = attempt.clock.now();
      const asked = await this.#ask(grant, server, { ...attempt, sent });
      const body = objectIn(asked.answer.text);
      if (asked.answer.status !== 200 || body === undefined || Object.hasOwn(body, 'error')) {
        throw this.#refusal(grant, asked, body, attempt);
      }
      const read = await readTokenResponse(asked, body, server, this.#options, startedAt);
      return this.#accept(grant, read);
    } catch (error) {
      this.#finder.forget();
      if (isCredentialError(error)) this.#pause.begin(error, attempt.clock.now());
      throw error;
    }
  }

  async #ask(
    grant: PresentedGrant,
    server: TokenServer,
    attempt: Attempt & Pick<LoadControl, 'sent'>,
  ): Promise<Asked> {
    const {
      clientId = 'none',
      grant: { type },
    } = this.#options;
    const authenticate = await clientAuthentication(this.#options, server, attempt);
    const { issuer, tokenEndpoint } = server;
    const metadata = snapshot({ issuer, token_endpoint: tokenEndpoint });
    const client = snapshot({ client_id: clientId });
    attempt.signal.throwIfAborted();
    attempt.sent();
    return askThrough(
      (options) =>
        genericTokenEndpointRequest(
          metadata,
          client,
          authenticate,
          type,
          grant.parameters,
          options,
        ),
      this.#options,
      attempt,
    );
  }

  #accept(
    grant: PresentedGrant,
    { refreshToken, ...material }: Awaited<ReturnType<typeof readTokenResponse>>,
  ): CredentialMaterial {
    const isSpent = refreshToken !== undefined && refreshToken !== grant.refreshToken;
    this.#memory.accept(grant.digest, grant.refreshToken !== undefined && isSpent);
    this.#pause.end();
    const state = grant.stateBehind(refreshToken);
    return state === undefined ? material : { ...material, state };
  }

  #refusal(
    grant: PresentedGrant,
    asked: Asked,
    body: object | undefined,
    attempt: Attempt,
  ): CredentialError {
    const { what } = this.#options.grant;
    const refusal = refusalIn(asked.url, asked.answer, body, what, attempt);
    const isThrottled = refusal.kind === 'throttled';
    const error = new CredentialError(refusal.code, refusal.message, {
      isFinal: refusal.kind === 'grant' && grant.isFixed,
      retryAfterMs: isThrottled
        ? this.#pause.throttled(refusal.retryAfterMs)
        : refusal.retryAfterMs,
    });
    if (refusal.kind === 'grant') this.#memory.refuse(grant.digest, error, attempt.clock.now());
    return error;
  }
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    // What it throws quotes the text.
    return undefined;
  }
}
