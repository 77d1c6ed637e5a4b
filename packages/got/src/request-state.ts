import { type Credential, inheritedNames, isRereadableForm } from '@keyturn/core/binding';
import type { SecretHeader } from '@keyturn/https';
import type { GotOptions } from './got-shape.js';

/** What a binding remembers of one request, over its retries and the hops of its redirects. */
export interface RequestState {
  /** The caller says who is asking, or that nobody is: we stay out of it, to the last hop. */
  isOwn: boolean;
  /** A hop has gone, or the request itself goes, out of scope: the chain stays without a credential to its end. */
  hasLeftScope: boolean;
  /** What `agent.http` was before it was replaced for a hop in clear text. */
  replacedAgent?: { readonly given: unknown; readonly home: unknown } | undefined;
  /** What the latest attempt was sent with; undefined where it left the scope. */
  credential?: Credential | undefined;
  /** Our headers of the latest attempt by their names in lower case, to tell them from the caller's. */
  ours: ReadonlyMap<string, SecretHeader>;
  /** The refused request is being sent once more. */
  isReplay: boolean;
  /** How often it has been sent once more because a kept connection broke under it. */
  repeats: number;
  readonly form: GivenForm | undefined;
}

/** A FormData body as it was given; got replaces it by the one-shot stream of its encoding. */
interface GivenForm {
  readonly body: unknown;
  /** Headers that describe the encoding, and were not the caller's. */
  readonly encodingHeaders: readonly string[];
}

/**
 * What stands for a state in the context of a request: its options are printed with every answer and error, and a
 * credential shows its token to who asks for it.
 */
export class KeptState {
  readonly #state: RequestState;

  constructor(state: RequestState) {
    this.#state = state;
  }

  static of(kept: unknown): RequestState | undefined {
    return kept instanceof KeptState ? kept.#state : undefined;
  }
}

export const noHeaders: ReadonlyMap<string, SecretHeader> = new Map();

/** Begins to remember a request whose options have just been made. */
export function beginState({ headers, body }: GotOptions): RequestState {
  return {
    // `authorization: undefined` is how got is told to send none.
    isOwn: Object.hasOwn(headers, 'authorization') || isMisled(),
    hasLeftScope: false,
    ours: noHeaders,
    isReplay: false,
    repeats: 0,
    form: isRereadableForm(body)
      ? {
          body,
          encodingHeaders: ['content-type', 'content-length'].filter(
            (name) => !Object.hasOwn(headers, name) || headers[name] === undefined,
          ),
        }
      : undefined,
  };
}

/**
 * Tells whether got takes something that stands on Object.prototype for an option of its caller which says with whom to
 * connect, and whom to trust. It has done so before we are asked: such a request goes as nobody.
 */
export function isMisled(): boolean {
  return inheritedNames().some((name) => connectionOptions.includes(name));
}

const connectionOptions: readonly PropertyKey[] = [
  'agent',
  'createConnection',
  'dnsCache',
  'dnsLookup',
  'h2session',
  'https',
  'request',
];

/**
 * Tells whether the body can be sent a second time, whole. got has turned `json` and `form` into text by then;
 * streams, generators and everything unknown count as used up, because half a body is worse than a refusal.
 */
export function isReplayable({ body }: GotOptions, { form }: RequestState): boolean {
  if (body === undefined || typeof body === 'string' || ArrayBuffer.isView(body)) return true;
  return form !== undefined;
}

/** Puts the body back as it was given, where got has used it up. */
export function rewindBody(options: GotOptions, { form }: RequestState): void {
  if (form === undefined) return;
  options.body = form.body;
  // The next encoding has a boundary of its own.
  for (const name of form.encodingHeaders) delete options.headers[name];
}
