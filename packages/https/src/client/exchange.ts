import type { ClientRequest, IncomingMessage } from 'node:http';
import { onAbort } from '@keyturn/core/binding';
import type { EncodedBody } from './request-body.js';

/**
 * Sends one request and resolves when its answer begins.
 * @param open makes the request
 * @param signal ends the request, and the answer while it is being read; both fail with `signal.reason`
 */
export function exchange(
  open: () => ClientRequest,
  body: EncodedBody,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = open();
    let answer: IncomingMessage | undefined;
    request.on('response', (response) => {
      answer = response;
      resolve(response);
    });
    // For good: a connection that breaks while the answer is being read fails the answer, and its reader.
    request.on('error', reject);
    const stopListening =
      signal &&
      onAbort(signal, () => {
        answer?.destroy(signal.reason);
        request.destroy(signal.reason);
      });
    request.on('close', () => {
      stopListening?.();
      // An upgrade that nobody asked for ends so, for one.
      if (answer === undefined) reject(endedWithoutAnswer());
    });
    body.writeTo(request);
  });
}

function endedWithoutAnswer(): Error {
  const error = new Error('The connection ended without an answer.');
  return Object.assign(error, { code: 'ECONNRESET' });
}
