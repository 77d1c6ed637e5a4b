import { snapshot } from '@keyturn/core/binding';
import { allowInsecureRequests, customFetch } from 'oauth4webapi';
import type { Attempt } from './secret-text.js';
import { type Answer, type FetchLimits, fetchAnswer } from './token-fetch.js';

/** What was asked, and what was answered. */
export interface Asked {
  readonly url: string;
  readonly answer: Answer;
}

type LibraryFetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Record<string, string>;
    readonly body?: unknown;
  },
) => Promise<Response>;

/** What a request of oauth4webapi is made with. */
export interface LibraryOptions {
  readonly [customFetch]: LibraryFetch;
  readonly [allowInsecureRequests]: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Has oauth4webapi put a request together, and makes it here, within our limits.
 * @throws {CredentialError} as `fetchAnswer`
 */
export async function askThrough(
  request: (options: LibraryOptions) => Promise<unknown>,
  limits: FetchLimits,
  attempt: Attempt,
): Promise<Asked> {
  let asked: Asked | undefined;
  // What the library reads of an object, nobody else has put there.
  const options = snapshot<LibraryOptions>({
    [customFetch]: async (url, { method, headers, body }) => {
      // Who echoes what it was sent may echo the header, which has the secret in other letters.
      const [, proof] = /^Basic (.+)$/.exec(headers['authorization'] ?? '') ?? [];
      if (proof !== undefined) attempt.secrets.add(proof);
      const form = body === undefined ? {} : { body: String(body) };
      asked = {
        url,
        answer: await fetchAnswer(url, { method, headers, ...form }, limits, attempt),
      };
      return jsonResponse('');
    },
    // Which addresses may be asked in plain http has been judged.
    [allowInsecureRequests]: true,
    headers: { 'user-agent': 'keyturn' },
  });
  await request(options);
  if (asked === undefined) throw new TypeError('Nothing was asked.');
  return asked;
}

/** Hands a text to the library as the answer that it wants to judge. */
export function jsonResponse(text: string): Response {
  const headers = { 'content-type': 'application/json' };
  return new Response(text, snapshot({ status: 200, headers }));
}
