import { setTimeout as delay } from 'node:timers/promises';

/** What a server saw of a request, as it tells the client. */
export interface View {
  readonly path: string;
  /** CN of the client certificate on the connection. */
  readonly commonName: string | undefined;
  readonly token: string | undefined;
  /** CN of the certificate that the server has shown on the connection; undefined where it cannot know. */
  readonly shown?: string | undefined;
  /** How much of a body has arrived; undefined where requests have none. */
  readonly bytes?: number | undefined;
  /** 1 for the first connection that the server accepted, then 2, 3 … */
  readonly connection: number;
  /** Whether the TLS session came from an earlier connection; undefined where the server cannot know. */
  readonly resumed?: boolean | undefined;
}

/** The kinds of answers in a load, of which each worker gets every one in turn. */
export const answerKinds = ['fast', 'slow', 'fast', 'chunked'] as const;

/** How long between two events of `/watch`. Milliseconds. */
export const eventEveryMs = 50;

/**
 * Answers a request in pieces, at the speed that its path asks for: `/fast/…`, `/slow/…` or `/chunked/…` with the view
 * as JSON, `/watch` with numbered lines of the view until nobody listens.
 */
export async function* answerTo(view: View): AsyncGenerator<string> {
  const [, kind = '', name = ''] = view.path.split('/');
  if (kind === 'watch') yield* events(view);
  else if (kind === 'chunked') yield* pieces(JSON.stringify(view));
  else {
    if (kind === 'slow') await delay(slownessMs(name));
    yield JSON.stringify(view);
  }
}

/** 5 to 60 ms, other ones for other names, so that answers do not march in step. */
function slownessMs(name: string): number {
  const sum = [...name].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 997, 7);
  return 5 + (sum % 56);
}

async function* pieces(text: string): AsyncGenerator<string> {
  const size = Math.ceil(text.length / 5);
  for (let start = 0; start < text.length; start += size) {
    yield text.slice(start, start + size);
    await delay(4);
  }
}

async function* events(view: View): AsyncGenerator<string> {
  for (let number = 1; ; number += 1) {
    yield `${number} ${JSON.stringify(view)}\n`;
    await delay(eventEveryMs);
  }
}

/** The number in `client-7`, `token-7` or `authority-7`; 0 where there is none. */
export function generationIn(name: string | undefined): number {
  return Number(name?.split('-')[1] ?? 0);
}
