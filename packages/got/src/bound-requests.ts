import type { ClientRequest } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http2';
import {
  type Credential,
  type CredentialManager,
  isCertificateRefusal,
  isCredentialError,
  isRefusedStatus,
  maxResends,
  type OriginScope,
  shadowInherited,
  snapshotBody,
} from '@keyturn/core/binding';
import { goesAgain, isBroken } from '@keyturn/https';
import { ignoreBrokenUpload } from './broken-upload.js';
import { CachePartitions } from './cache-partitions.js';
import { untilCallerLeaves } from './caller-abort.js';
import type {
  AfterResponseHook,
  BeforeErrorHook,
  BeforeRequestHook,
  CalculateDelay,
  GotError,
  GotHandler,
  GotOptions,
  GotResponse,
  GotStream,
  RequestFunction,
} from './got-shape.js';
import { guardSession } from './guard-session.js';
import { chooseHomeAgent, includesUrl, sealHttp, sealHttps } from './hop.js';
import { Http2Requests } from './http2-requests.js';
import type { BoundAgents } from './http2-streams.js';
import {
  addHeadersOf,
  authorizationIn,
  carriesOurs,
  forgetHeaders,
  hasOurs,
  withOurs,
  withoutOurs,
} from './our-headers.js';
import { redactAnswer, redactError } from './redact-request.js';
import { RefusalReports } from './refusal-reports.js';
import {
  beginState,
  isMisled,
  isReplayable,
  KeptState,
  type RequestState,
  rewindBody,
} from './request-state.js';
import { resendUnder } from './resent-request.js';
import { ShieldedRequests } from './shielded-requests.js';

export interface BoundParts {
  readonly manager: CredentialManager;
  readonly scope: OriginScope;
  readonly replay: boolean;
  readonly refusedStatuses: readonly number[];
  readonly agents: BoundAgents | undefined;
  readonly drainTimeoutMs: number | undefined;
  readonly allowInsecure: boolean;
}

/** A delay of zero means "no retry" to got. */
const immediatelyMs = 1;

/**
 * The hooks of one binding. The handler puts them into the options of each request, because their place among the
 * caller's own matters: last before a request, so that a header set by any hook counts as the caller's; first after an
 * answer, so that other hooks see one answer; last on an error, so that other hooks see got's own.
 */
export class BoundRequests {
  readonly #parts: BoundParts;
  readonly #reports: RefusalReports;
  readonly #caches: CachePartitions;
  readonly #key = Symbol('keyturn');
  readonly #http2: Http2Requests | undefined;
  readonly #shielded = new ShieldedRequests();
  readonly #delays = new WeakSet<CalculateDelay>();
  /** The credential had headers beside its token, the last time. */
  #givesHeaders = false;
  #isBound = true;

  constructor(parts: BoundParts) {
    this.#parts = parts;
    const { agents } = parts;
    this.#http2 =
      agents &&
      new Http2Requests({
        ...parts,
        agents,
        renew: (options, headers, signal) => this.#renew(options, headers, signal),
      });
    this.#caches = new CachePartitions(parts.manager);
    this.#reports = new RefusalReports(parts.manager, parts.replay);
    Object.assign(this.#beforeRequest, { [bindingKey]: true });
  }

  readonly handler: GotHandler = (options, next) => {
    if (options === undefined) return next(options);
    if (!this.#isBound) return next(this.#unbound(options));
    this.#install(options);
    const result = next(options);
    if (options.isStream) this.#watch(result as GotStream);
    return result;
  };

  unbind(): void {
    this.#isBound = false;
    this.#http2?.close();
  }

  #install(options: GotOptions): void {
    const { context, hooks, retry } = options;
    keepBody(options);
    context[this.#key] = new KeptState(beginState(options));
    // The pages of a pagination pass on their options, with our hooks in them.
    const [request, response, error] = [
      this.#beforeRequest,
      this.#afterResponse,
      this.#beforeError,
    ];
    hooks.beforeRequest = [...without(hooks.beforeRequest, request), request];
    hooks.afterResponse = [response, ...without(hooks.afterResponse, response)];
    hooks.beforeError = [...without(hooks.beforeError, error), error];
    if (this.#delays.has(retry.calculateDelay)) return;
    retry.calculateDelay = this.#delayFor(retry.calculateDelay, retry.enforceRetryRules === true);
    // Else got would not ask us about methods and errors that are outside its retry rules.
    retry.enforceRetryRules = false;
  }

  // With our agent in its defaults the client is not what it was: it still needs us to speak HTTP/2.
  #unbound(options: GotOptions): GotOptions {
    const { hooks, http2 } = options;
    const ours = this.#beforeRequest;
    if (http2) hooks.beforeRequest = [...without(hooks.beforeRequest, ours), ours];
    return options;
  }

  #stateOf(options: GotOptions | undefined): RequestState | undefined {
    return this.#isBound ? KeptState.of(options?.context[this.#key]) : undefined;
  }

  // Runs for every attempt and for every hop of a redirect.
  readonly #beforeRequest: BeforeRequestHook = async (options) => {
    this.#caches.restore(options);
    const state = KeptState.of(options.context[this.#key]);
    if (state === undefined) {
      this.#http2?.install(options);
      return;
    }
    if (this.#comeLast(options)) return;
    this.#shielded.forget(options);
    forgetHeaders(options, state);
    state.isOwn ||= authorizationIn(options) !== undefined;
    state.hasLeftScope ||= !this.#includes(options);
    this.#chooseAgent(options, state);
    chooseHomeAgent(options, state, this.#parts.allowInsecure);
    this.#http2?.install(options);
    this.#shielded.install(options);
    if (!this.#carries(options, state)) return this.#addToTheirs(options, state);
    const { manager } = this.#parts;
    const held = manager.peek();
    if (held !== undefined) return this.#authorize(options, state, held);
    const credential = await untilCallerLeaves(options, (signal) => manager.current({ signal }));
    // The options are the caller's to change, and it may have done so meanwhile.
    state.isOwn ||= authorizationIn(options) !== undefined;
    if (this.#carries(options, state)) this.#authorize(options, state, credential);
  };

  /** With an Authorization of the caller's own: what else the credential has goes along, and is waited for once it is known. */
  async #addToTheirs(options: GotOptions, state: RequestState): Promise<void> {
    if (!this.#mayAddToTheirs(options, state)) return;
    const { manager } = this.#parts;
    const held = manager.peek();
    if (held === undefined && !this.#givesHeaders) return;
    const credential =
      held ?? (await untilCallerLeaves(options, (signal) => manager.current({ signal })));
    if (credential.headers === undefined || !this.#mayAddToTheirs(options, state)) return;
    this.#givesHeaders = true;
    addHeadersOf(options, state, credential);
    sealHttps(options);
    sealHttp(options, state);
  }

  /** Not where the caller says that nobody is asking. */
  #mayAddToTheirs(options: GotOptions, { isOwn, hasLeftScope }: RequestState): boolean {
    return (
      isOwn &&
      this.#isBound &&
      !hasLeftScope &&
      authorizationIn(options) !== undefined &&
      this.#includes(options) &&
      !isMisled()
    );
  }

  /** A request that is sent again carries what is newest then, or nothing once it is nobody's. */
  async #renew(
    options: GotOptions,
    headers: OutgoingHttpHeaders,
    signal: AbortSignal,
  ): Promise<OutgoingHttpHeaders> {
    const state = KeptState.of(options.context[this.#key]);
    if (state?.credential === undefined || !hasOurs(headers, state)) return headers;
    const { manager } = this.#parts;
    const credential = manager.peek() ?? (await manager.current({ signal }));
    const theirs = withoutOurs(headers, state);
    if (!this.#carries(options, state)) return theirs;
    forgetHeaders(options, state);
    this.#authorize(options, state, credential);
    return withOurs(theirs, state);
  }

  #authorize(options: GotOptions, state: RequestState, credential: Credential): void {
    this.#givesHeaders = credential.headers !== undefined;
    this.#caches.enter(options, credential);
    addHeadersOf(options, state, credential);
    // With every header of the caller's own, a refusal says nothing about the credential.
    const isTheirs = credential.headers !== undefined && !carriesOurs(state);
    state.credential = isTheirs ? undefined : credential;
    if (carriesOurs(state)) sealHttps(options);
  }

  #carries(options: GotOptions, { isOwn, hasLeftScope }: RequestState): boolean {
    return this.#isBound && !isOwn && !hasLeftScope && this.#includes(options);
  }

  #isRefused(response: Pick<GotResponse, 'statusCode'> | undefined): boolean {
    return isRefusedStatus(response?.statusCode, this.#parts.refusedStatuses);
  }

  #includes({ url }: GotOptions): boolean {
    return url !== undefined && includesUrl(this.#parts.scope, url);
  }

  // A hook that was added since runs after ours, and may lead the request elsewhere. got goes through the list as it is
  // then, so that ours comes once more.
  #comeLast({ hooks }: GotOptions): boolean {
    const { beforeRequest } = hooks;
    const behind = beforeRequest.slice(beforeRequest.lastIndexOf(this.#beforeRequest) + 1);
    if (behind.every(isOfBinding)) return false;
    (beforeRequest as BeforeRequestHook[]).push(this.#beforeRequest);
    return true;
  }

  /** A request which says that nobody is asking presents no certificate, and neither does a chain that has left the scope. */
  #chooseAgent(options: GotOptions, { isOwn, hasLeftScope }: RequestState): void {
    const { agents } = this.#parts;
    const { agent } = options;
    const isNobodys = hasLeftScope || (isOwn && authorizationIn(options) === undefined);
    if (isNobodys && agent.https === agents?.credential) agent.https = agents?.nobody;
  }

  // Runs for promises only; got treats the refused answer of a stream as an error.
  readonly #afterResponse: AfterResponseHook = async (response, retry) => {
    redactAnswer(response);
    guardSession(response);
    const { options } = response.request;
    const state = this.#stateOf(options);
    if (state === undefined) return response;
    const mayReplay = !state.isReplay;
    state.isReplay = false;
    if (!this.#isRefused(response) || !mayReplay) return response;
    if (!(await this.#reports.canReplay(options, state, response))) return response;
    state.isReplay = true;
    rewindBody(options, state);
    ignoreBrokenUpload(response.request);
    const { afterResponse } = options.hooks;
    try {
      return await retry(shadowInherited({}));
    } catch (retryError) {
      // got takes the hooks off a request that a hook retries, the caller's too; got 16 all of them.
      options.hooks.afterResponse = afterResponse;
      throw retryError;
    }
  };

  /** Wraps the caller's retry delay: a replay of ours is none of its business, everything else is. */
  #delayFor(theirs: CalculateDelay, enforcesRules: boolean): CalculateDelay {
    const delay: CalculateDelay = async (attempt) => {
      const { error, computedValue } = attempt;
      const state = this.#stateOf(error.options);
      if (state?.isReplay && error.name === 'RetryError') return immediatelyMs;
      if (await this.#replaysError(error.options, state, error)) return immediatelyMs;
      return enforcesRules && computedValue === 0 ? 0 : theirs(attempt);
    };
    this.#delays.add(delay);
    return delay;
  }

  /** A refusal may come as an error: as a TLS alert before any answer, or because the upload broke. */
  async #replaysError(
    options: GotOptions | undefined,
    state: RequestState | undefined,
    error: unknown,
  ): Promise<boolean> {
    if (options === undefined || state === undefined) return false;
    if (mayRepeat(options, state, error)) {
      state.repeats += 1;
      rewindBody(options, state);
      return true;
    }
    if (state.isReplay) return false;
    const { response } = (error ?? {}) as Partial<GotError>;
    // A server that refuses early reads no more of a long body: the failure of the upload overtakes the refusal.
    const isEarlyRefusal = this.#isRefused(response) && isBroken(error);
    if (!isEarlyRefusal && !isCertificateRefusal(error)) return false;
    const refused = isEarlyRefusal ? response : undefined;
    if (!(await this.#reports.canReplay(options, state, refused))) return false;
    state.isReplay = true;
    rewindBody(options, state);
    return true;
  }

  readonly #beforeError: BeforeErrorHook = (error) => {
    const { options, response } = error;
    redactError(error);
    const state = this.#stateOf(options);
    const isRefused = this.#isRefused(response) || isCertificateRefusal(error);
    if (options?.isStream && state && isRefused) this.#reports.report(state, response);
    // The failure of a source reaches the caller as it is, whatever the client.
    return isCredentialError(error.cause) ? error.cause : error;
  };

  /** A stream is not retried as a promise is: what it waits for goes once more beneath it. */
  #resendUnder(request: unknown, options: GotOptions): void {
    const state = this.#stateOf(options);
    if (state === undefined || options.http2 || options.cache || hasOpenBody(options)) return;
    resendUnder(request, {
      mayResend: (sent, error) => {
        const { method, headers } = options;
        if (this.#stateOf(options) === undefined || state.repeats >= maxResends) return false;
        return goesAgain({ sent, error, method, headers });
      },
      open: () => {
        state.repeats += 1;
        this.#authorizeAnew(options, state);
        return openNative(options);
      },
    });
  }

  #authorizeAnew(options: GotOptions, state: RequestState): void {
    const newest = this.#parts.manager.peek();
    if (state.credential === undefined || newest === undefined) return;
    forgetHeaders(options, state);
    if (this.#carries(options, state)) this.#authorize(options, state, newest);
  }

  #watch(stream: GotStream): void {
    stream.on('request', (req) => {
      guardSession({ req });
      this.#resendUnder(req, stream.options);
    });
    stream.on('response', (response) => {
      redactAnswer(response);
      guardSession(response);
      const state = this.#stateOf(response.request.options);
      if (state && this.#isRefused(response)) this.#reports.report(state, response);
    });
  }
}

/** Tells hooks of bindings, those of another copy of this package too: two of them must not both want to be the last. */
const bindingKey = Symbol.for('@keyturn/got/beforeRequest');

function isOfBinding(hook: BeforeRequestHook): boolean {
  return Object.hasOwn(hook, bindingKey);
}

/** A connection that was kept broke under a request that does no harm when it goes twice: it goes once more. */
function mayRepeat(options: GotOptions, state: RequestState, error: unknown): boolean {
  const { response, request } = (error ?? {}) as Partial<GotError>;
  if (response !== undefined || options.http2 || state.repeats >= maxResends) return false;
  const { _request: sent } = (request ?? {}) as { readonly _request?: unknown };
  const { method, headers } = options;
  return isReplayable(options, state) && goesAgain({ sent, error, method, headers });
}

/** Whether the body comes from a stream or the like, or may yet be written by the caller of a stream. */
function hasOpenBody({ body, method, allowGetBody }: GotOptions): boolean {
  if (body === undefined) return allowGetBody === true || (method !== 'GET' && method !== 'HEAD');
  return typeof body !== 'string' && !ArrayBuffer.isView(body);
}

/** Makes the request that `options` describe, as got does. */
function openNative(options: GotOptions): ClientRequest {
  const make = options.getRequestFunction() as RequestFunction;
  const request = make(options.url as URL, options.createNativeRequestOptions()) as ClientRequest;
  return request.end(options.body);
}

/** Keeps the bytes of the call: got reads the body when it sends, and once more for a replay. */
function keepBody(options: GotOptions): void {
  const kept = snapshotBody(options.body);
  if (kept !== options.body) options.body = kept;
}

function without<Hook>(hooks: readonly Hook[], ours: Hook): Hook[] {
  return hooks.filter((hook) => hook !== ours);
}
