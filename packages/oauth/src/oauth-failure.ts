import { CredentialError, type CredentialErrorCode, quoted } from '@keyturn/core/binding';
import { nameForeignText } from '@keyturn/core/text';
import { foreignWords } from './foreign-words.js';
import { retryAfterMs } from './retry-after.js';
import type { Attempt } from './secret-text.js';
import type { Answer } from './token-fetch.js';

/** An answer that is no token, and what it means. */
export interface Refusal {
  readonly kind: 'grant' | 'throttled' | 'other';
  readonly code: CredentialErrorCode;
  readonly message: string;
  /** What the server says about the next request. */
  readonly retryAfterMs: number | undefined;
}

/** What asking again does not change: the login is over, or a person is wanted. */
const endsOfGrants = new Set([
  'invalid_grant',
  'interaction_required',
  'login_required',
  'consent_required',
]);

const advice: Readonly<Record<string, string>> = {
  invalid_client: 'Check "clientId" and what authenticates it.',
  unauthorized_client: 'Allow this grant for the client, at the server.',
  unsupported_grant_type: 'Allow this grant for the client, at the server.',
  invalid_scope: 'Check "scope".',
  invalid_target: 'Check "resource" and "audience".',
};

/**
 * Says what an answer means that is no token.
 * @param what was exchanged, such as `refresh token`
 * @param body the JSON object of the answer, where it is one
 */
export function refusalIn(
  url: string,
  answer: Answer,
  body: object | undefined,
  what: string,
  attempt: Attempt,
): Refusal {
  const { status, headers } = answer;
  const wait = retryAfterMs(headers, attempt.clock.now());
  const error = wordIn(body, 'error');
  if (status === 429 || error === 'slow_down') {
    const message = `${quoted(url)} wants fewer requests${saying(answer, body, attempt)}.`;
    return { kind: 'throttled', code: 'ERR_OAUTH_THROTTLED', message, retryAfterMs: wait };
  }
  if (error === undefined) {
    const message = `${quoted(url)} answered ${nameOf(answer)}.${adviceFor(answer)}`;
    return { kind: 'other', code: 'ERR_OAUTH_RESPONSE', message, retryAfterMs: wait };
  }
  if (endsOfGrants.has(error)) {
    const message = `${quoted(url)} takes the ${what} no more${saying(answer, body, attempt)}. Log in again, or give another one.`;
    return { kind: 'grant', code: 'ERR_OAUTH_GRANT', message, retryAfterMs: wait };
  }
  const next = Object.hasOwn(advice, error) ? ` ${advice[error]}` : '';
  const message = `${quoted(url)} refused the request${saying(answer, body, attempt)}.${next}`;
  return { kind: 'other', code: 'ERR_OAUTH_REFUSED', message, retryAfterMs: wait };
}

/** Makes the error for an answer that would be a token, but for one thing. */
export function unusable(url: string, fact: string): CredentialError {
  return new CredentialError('ERR_OAUTH_RESPONSE', `${quoted(url)} answered ${fact}.`);
}

/** The code and the sentence of the server; without them the status. */
function saying({ status }: Answer, body: object | undefined, { secrets }: Attempt): string {
  const [error, description] = [wordIn(body, 'error'), wordIn(body, 'error_description')];
  if (error === undefined) return `, with status ${status}`;
  const said = description === undefined ? '' : `: ${quoted(foreignWords(description, secrets))}`;
  return `, with ${quoted(foreignWords(error, secrets))}${said}`;
}

function nameOf({ status, headers, text }: Answer): string {
  const type = headers.get('content-type') ?? '';
  if (status >= 300 && status < 400) return `with a redirect (${status}), which is not followed`;
  if (text.trim() === '') return `${status} and nothing else`;
  const found = nameForeignText(text);
  if (found !== undefined) return `${status} and ${found}`;
  return `${status} and ${/\bjson\b/.test(type) ? 'JSON that is no token' : 'something that is no token'}`;
}

function adviceFor({ status, text }: Answer): string {
  if (status >= 300 && status < 400) return ' Give the address that it leads to.';
  if (status === 404) return ' Check the address.';
  return text.trim() === '' || status >= 500 ? '' : ' Check that this is the token endpoint.';
}

function wordIn(body: object | undefined, name: string): string | undefined {
  const value =
    body !== undefined && Object.hasOwn(body, name)
      ? (body as Readonly<Record<string, unknown>>)[name]
      : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
