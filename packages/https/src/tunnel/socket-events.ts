import type { Socket } from 'node:net';

/**
 * Resolves when `socket` has done what `listen` waits for.
 * @param listen begins to wait, and calls `done`; it returns what ends the wait
 * @throws {Error} what the socket fails with; `ended` where it only closes
 */
export function untilDone<Result>(
  socket: Socket,
  ended: () => Error,
  listen: (done: (result: Result) => void, fail: (error: Error) => void) => () => void,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      stopListening();
      socket.off('error', fail);
      socket.off('close', closed);
    };
    const fail = (error: Error): void => {
      stop();
      reject(error);
    };
    const closed = (): void => fail(ended());
    const done = (result: Result): void => {
      stop();
      resolve(result);
    };
    socket.on('error', fail);
    socket.on('close', closed);
    const stopListening = listen(done, fail);
  });
}

/** Resolves when `socket` emits `event`, as `untilDone` has it. */
export function untilEvent(socket: Socket, event: string, ended: () => Error): Promise<void> {
  return untilDone<void>(socket, ended, (done) => {
    const listener = (): void => done();
    socket.once(event, listener);
    return () => socket.off(event, listener);
  });
}
