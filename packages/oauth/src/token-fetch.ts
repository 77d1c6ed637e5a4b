import {
  anySignal,
  CredentialError,
  isCredentialError,
  quoted,
  waitFor,
} from '@keyturn/core/binding';
import { systemErrorIn } from '@keyturn/core/text';
import { loopbackFetch } from './loopback-fetch.js';
import { type Attempt, ofAnother } from './secret-text.js';

/** What a fetch is called with. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** What of an answer is read. */
export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<unknown> | null;
}

/** The global `fetch`, what `bindFetch` returns, that of undici, or a function around one. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/** An answer that has been read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly text: string;
}

export interface FetchLimits {
  readonly fetch: FetchLike | undefined;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  /** Whether plain http may leave this machine. */
  readonly allowInsecure: boolean;
}

/**
 * Makes one request and reads its answer, within the limits: nothing is followed, nothing goes on when the manager closes.
 * @throws {CredentialError} ERR_OAUTH_REQUEST or ERR_OAUTH_RESPONSE; one of the fetch itself with its own code.
 */
export async function fetchAnswer(
  url: string,
  init: Pick<FetchInit, 'method' | 'headers' | 'body'>,
  limits: FetchLimits,
  { signal, clock }: Attempt,
): Promise<Answer> {
  const timeout = new AbortController();
  const stop = clock.schedule(limits.timeoutMs, () => timeout.abort(), { unref: true });
  const ends = anySignal([signal, timeout.signal]);
  try {
    const answer = requestWhole(url, init, limits, ends);
    // A fetch of somebody else's may not look at the signal.
    return await waitFor(answer, ends);
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.signal.aborted) {
      throw unreachable(url, `did not answer within ${limits.timeoutMs / 1_000} s`);
    }
    if (error instanceof OwnError) throw error.error;
    if (isCredentialError(error)) throw ofAnother(error);
    throw unreachable(url, `could not be reached${reasonOf(error)}`);
  } finally {
    stop();
  }
}

/** A failure that is told as it is, told apart from one that a fetch brings. */
class OwnError {
  readonly error: CredentialError;
  constructor(error: CredentialError) {
    this.error = error;
  }
}

async function requestWhole(
  url: string,
  { method, headers, body }: Pick<FetchInit, 'method' | 'headers' | 'body'>,
  { fetch, maxResponseBytes, allowInsecure }: FetchLimits,
  signal: AbortSignal,
): Promise<Answer> {
  signal.throwIfAborted();
  // What stands on Object.prototype is no option of a request.
  const init: FetchInit = Object.assign(Object.create(null), {
    ...{ method, headers, redirect: 'manual', signal },
    ...(body === undefined ? {} : { body }),
  });
  const isHome = !allowInsecure && url.startsWith('http:');
  const send = fetch ?? (isHome ? loopbackFetch : presentFetch);
  const answer = await send(url, init);
  const text = await readLimited(answer, maxResponseBytes);
  if (text !== undefined) return { status: answer.status, headers: answer.headers, text };
  throw new OwnError(
    new CredentialError(
      'ERR_OAUTH_RESPONSE',
      `The answer of ${quoted(url)} is longer than ${maxResponseBytes} bytes, far more than a token has.`,
    ),
  );
}

/** Looked up with each request: a test may have put something in its place. */
const presentFetch: FetchLike = (url, init) => globalThis.fetch(url, init);

/** Undefined where there is more; then the rest is not read, and its connection closes. */
async function readLimited({ body }: FetchAnswer, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > maxBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function unreachable(url: string, fact: string): CredentialError {
  return new CredentialError('ERR_OAUTH_REQUEST', `${quoted(url)} ${fact}.`);
}

/** What is known of a foreign error without knowing whose it is. */
function reasonOf(error: unknown): string {
  const system = systemErrorIn(error);
  if (system !== undefined) return ` (${system.code}, ${system.attempt})`;
  const code = codeIn(error) ?? codeIn((error as { readonly cause?: unknown })?.cause);
  return code === undefined ? '' : ` (${code})`;
}

function codeIn(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code) ? code : undefined;
}
