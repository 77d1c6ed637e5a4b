import { ClientRequest } from 'node:http';
import { concealRequest, hideRequest } from '@keyturn/https/bind';
import type { GotError, GotResponse } from './got-shape.js';

/**
 * Keeps the header out of what prints an answer: the request of node:http is the only place that has its text, and
 * printing leads there from the answer, its socket and the request of got.
 */
export function concealAnswer(answer: Pick<GotResponse, 'req'>): void {
  const { req } = answer;
  if (req instanceof ClientRequest) concealRequest(req);
  else hideSession(answer);
}

// Over HTTP/2 the socket of got 16 fails whoever prints it once its session is closed, as a rotation does in passing.
function hideSession(answer: Pick<GotResponse, 'req'>): void {
  for (const part of [answer, answer.req]) {
    if (typeof part !== 'object' || part === null) continue;
    for (const name of ['socket', 'connection']) hideRequest(part, name);
  }
}

/** Does the same for an error, and takes the text away from those who walk its properties in a way of their own. */
export function concealError({ request, response }: GotError): void {
  for (const part of [request, response]) {
    if (part === undefined) continue;
    for (const name of ['_request', 'req']) hideRequest(part, name);
  }
}
