import { ClientRequest } from 'node:http';
import type { GotResponse } from './got-shape.js';

/**
 * Keeps the socket of an answer over HTTP/2 out of what walks its properties: that of got 16 fails whoever prints it once
 * its session is closed, as a rotation does in passing.
 */
export function guardSession(answer: Pick<GotResponse, 'req'>): void {
  if (answer.req instanceof ClientRequest) return;
  for (const part of [answer, answer.req]) {
    if (typeof part !== 'object' || part === null) continue;
    for (const name of ['socket', 'connection']) {
      // False where it is frozen.
      if (Object.hasOwn(part, name)) Reflect.defineProperty(part, name, { enumerable: false });
    }
  }
}
