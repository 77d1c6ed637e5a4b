import { CredentialError, type CredentialManager, type RotatedEvent } from '@keyturn/core/binding';
import type { WebSocketLike } from './web-socket-shape.js';

/** 1001 is "going away". */
const closeCode = 1001;

/** How long the other side has to answer the goodbye. */
const goodbyeMs = 500;

export interface RotationNoticeOptions<Socket> {
  readonly drainTimeoutMs: number | undefined;
  readonly onRotated: ((event: RotatedEvent, socket: Socket) => void) | undefined;
  readonly onCut: ((error: CredentialError, socket: Socket) => void) | undefined;
}

/**
 * Tells the owner of a WebSocket when the credential that it was opened with has been replaced: the server goes on to
 * know the socket by the old one. Begin to listen before the socket is made, so that nothing is missed.
 */
export class RotationNotice<Socket extends WebSocketLike> {
  readonly #options: RotationNoticeOptions<Socket>;
  readonly #stopListening: () => void;
  #missed: RotatedEvent[] = [];
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(manager: CredentialManager, options: RotationNoticeOptions<Socket>) {
    this.#options = options;
    const stopListening = [
      manager.on('rotated', (event) => {
        if (this.#socket === undefined) this.#missed.push(event);
        else this.#tell(event, this.#socket);
      }),
      // They hold credentials that nobody has any more.
      manager.on('closed', () => {
        this.#missed = [];
      }),
    ];
    this.#stopListening = () => {
      for (const stop of stopListening) stop();
    };
  }

  /** Tells the owner of `socket`, which is open, what has happened and what will. */
  begin(socket: Socket): void {
    if (this.#isOver) return;
    this.#socket = socket;
    for (const event of this.#missed) this.#tell(event, socket);
    this.#missed = [];
  }

  readonly end = (): void => {
    this.#isOver = true;
    this.#stopListening();
    clearTimeout(this.#timer);
  };

  #tell(event: RotatedEvent, socket: Socket): void {
    const { drainTimeoutMs, onRotated } = this.#options;
    if (event.certificateChanged && drainTimeoutMs !== undefined) {
      this.#timer ??= setTimeout(() => this.#cut(socket), drainTimeoutMs).unref();
    }
    onRotated?.(event, socket);
  }

  #cut(socket: Socket): void {
    const error = new CredentialError(
      'ERR_CONNECTION_DRAINED',
      'The WebSocket was still open on an older client certificate when "drainTimeoutMs" had passed. Connect again.',
    );
    this.#timer = setTimeout(() => socket.terminate(), goodbyeMs).unref();
    socket.close(closeCode, error.code);
    this.#options.onCut?.(error, socket);
  }
}
