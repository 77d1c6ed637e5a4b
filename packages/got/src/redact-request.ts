import { ClientRequest } from 'node:http';
import { redactHeaders } from '@keyturn/https';
import type { GotError, GotResponse } from './got-shape.js';

/** Takes the header out of the request of an answer. One that has gone through an agent of ours has it nowhere. */
export function redactAnswer({ req }: Pick<GotResponse, 'req'>): void {
  if (req instanceof ClientRequest) redactHeaders(req);
}

/** Does the same for whatever an error refers to. */
export function redactError({ request, response }: GotError): void {
  for (const part of [request, response]) {
    if (part === undefined) continue;
    const { _request, req } = part as { readonly _request?: unknown; readonly req?: unknown };
    redactAnswer({ req });
    redactAnswer({ req: _request });
  }
}
