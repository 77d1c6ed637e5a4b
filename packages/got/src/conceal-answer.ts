import { ClientRequest } from 'node:http';
import { concealRequest, hideRequest } from '@keyturn/https';
import type { GotError, GotResponse } from './got-shape.js';

/**
 * Keeps the header out of what prints an answer: the request of node:http is the only place that has its text, and
 * printing leads there from the answer, its socket and the request of got.
 */
export function concealAnswer({ req }: Pick<GotResponse, 'req'>): void {
  if (req instanceof ClientRequest) concealRequest(req);
}

/** Does the same for an error, and takes the text away from those who walk its properties in a way of their own. */
export function concealError({ request, response }: GotError): void {
  for (const part of [request, response]) {
    if (part === undefined) continue;
    for (const name of ['_request', 'req']) hideRequest(part, name);
  }
}
