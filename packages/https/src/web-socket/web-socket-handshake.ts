import type { ClientRequest, IncomingMessage } from 'node:http';
import { onAbort, type Refusal } from '@keyturn/core/binding';
import { refusalOf } from '../agent/refusal-watch.js';
import type { WebSocketLike } from './web-socket-shape.js';

/** The server has answered the upgrade of a WebSocket with something else. */
export class UpgradeRefusedError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number) {
    super(`The server answered the upgrade with status ${statusCode}.`);
    this.statusCode = statusCode;
  }
}
Object.defineProperty(UpgradeRefusedError.prototype, 'name', { value: 'UpgradeRefusedError' });

/**
 * Resolves when `socket` is open, with nothing, or when the server answers with another status, with that answer; the
 * socket has ended then.
 * @param signal ends the handshake, with `signal.reason`
 */
export function handshake(
  socket: WebSocketLike,
  signal: AbortSignal | undefined,
): Promise<Refusal | undefined> {
  return new Promise((resolve, reject) => {
    const stopListening = (): void => {
      socket.off('open', opened);
      socket.off('error', failed);
      socket.off('unexpected-response', refused);
      forget?.();
    };
    const opened = (): void => {
      stopListening();
      // What the server says first would come before the owner can listen.
      socket.pause?.();
      resolve(undefined);
    };
    const failed = (error: Error): void => {
      stopListening();
      reject(error);
    };
    const refused = (_request: ClientRequest, response: IncomingMessage): void => {
      stopListening();
      abandon(socket);
      resolve(refusalOf(response));
    };
    const aborted = (): void => {
      stopListening();
      abandon(socket);
      reject(signal?.reason);
    };
    socket.on('open', opened);
    socket.on('error', failed);
    socket.on('unexpected-response', refused);
    const forget = signal && onAbort(signal, aborted);
    if (signal?.aborted) aborted();
  });
}

function abandon(socket: WebSocketLike): void {
  // It reports that it was closed before it was open.
  socket.on('error', () => {});
  socket.terminate();
}
