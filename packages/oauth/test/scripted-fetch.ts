import type { FetchInit, FetchLike } from '../src/index.js';

/** An answer of a scripted server; a body that is no text is sent as JSON. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface ScriptedFetch {
  readonly fetch: FetchLike;
  readonly requests: readonly { readonly url: string; readonly init: FetchInit }[];
  /** The forms that were posted. */
  readonly forms: readonly URLSearchParams[];
  /** From now on each request is answered so, or never. */
  answer: ScriptedAnswer | 'never' | (() => ScriptedAnswer | Promise<never>);
}

export const token = (name: string, more: object = {}): ScriptedAnswer => ({
  body: { access_token: name, token_type: 'Bearer', expires_in: 3_600, ...more },
});

export const refused = (error: string, description?: string, status = 400): ScriptedAnswer => ({
  status,
  body: { error, ...(description === undefined ? {} : { error_description: description }) },
});

/** A server that answers as a test says, behind a `fetch` that goes nowhere. */
export function scriptedFetch(answer: ScriptedFetch['answer']): ScriptedFetch {
  const requests: { url: string; init: FetchInit }[] = [];
  const script: { answer: ScriptedFetch['answer'] } = { answer };
  return {
    requests,
    get forms() {
      return requests.map(({ init }) => new URLSearchParams(init.body));
    },
    get answer() {
      return script.answer;
    },
    set answer(next) {
      script.answer = next;
    },
    fetch: async (url, init) => {
      requests.push({ url, init });
      const now = typeof script.answer === 'function' ? await script.answer() : script.answer;
      if (now === 'never') return new Promise(() => {});
      const { status = 200, headers = {}, body } = now;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const type = { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json' };
      return new Response(text, { status, headers: { ...type, ...headers } });
    },
  };
}
