import { generationIn, type View } from './answers.js';
import type { Answer, Question } from './load-client.js';
import type { Verdict } from './verdict.js';

/** What was current when a request began. */
export interface Generations {
  readonly certificate: number;
  readonly token: number;
  /** Of the trust; 0 where that does not rotate. */
  readonly authority: number;
}

/** Judges the answers of a load one by one. */
export class Tally {
  readonly #failures: Record<string, number> = {};
  #ended = 0;
  #refused = 0;
  #stale = 0;
  #resumed = 0;
  #distrusted = 0;
  #mismatched = 0;
  readonly #pairs: boolean;

  /** @param pairs whether token and certificate of one generation have the same number */
  constructor(pairs = false) {
    this.#pairs = pairs;
  }

  /** Requests that have ended, well or not. */
  get ended(): number {
    return this.#ended;
  }

  get counts(): Omit<Verdict, 'rotations' | 'opened' | 'left'> {
    return {
      sent: this.#ended,
      failures: { ...this.#failures },
      refused: this.#refused,
      stale: this.#stale,
      resumed: this.#resumed,
      distrusted: this.#distrusted,
      mismatched: this.#mismatched,
    };
  }

  answered({ status, text }: Answer, question: Question, current: Generations): void {
    this.#ended += 1;
    if (status === 401) this.#refused += 1;
    else if (status !== 200) this.#fail(`status ${status}`);
    else this.#judge(parse(text), question, current);
  }

  failed(error: unknown): void {
    this.#ended += 1;
    const { code, message } = Object(error) as Record<'code' | 'message', unknown>;
    this.#fail(String(code ?? message));
  }

  #judge(view: View | undefined, { path, body = '' }: Question, current: Generations): void {
    if (view?.path !== path) this.#fail('not the answer');
    else if ((view.bytes ?? body.length) !== body.length) this.#fail('body lost');
    else if (isStale(view, current)) {
      if (view.resumed) this.#resumed += 1;
      else this.#stale += 1;
    } else this.#judgeTrust(view, current);
  }

  #judgeTrust({ shown, commonName, token }: View, { authority }: Generations): void {
    if (generationIn(shown) < authority) this.#distrusted += 1;
    if (this.#pairs && generationIn(token) !== generationIn(commonName)) this.#mismatched += 1;
  }

  #fail(reason: string): void {
    this.#failures[reason] = (this.#failures[reason] ?? 0) + 1;
  }
}

function isStale({ commonName, token }: View, current: Generations): boolean {
  return generationIn(commonName) < current.certificate || generationIn(token) < current.token;
}

/** An answer that has been cut is not JSON. */
function parse(text: string): View | undefined {
  try {
    return JSON.parse(text) as View;
  } catch {
    return undefined;
  }
}
