import { type ClientHttp2Stream, constants } from 'node:http2';
import { Duplex } from 'node:stream';
import { maxResends, pauseBeforeResend } from '@keyturn/core/binding';
import { endedWithoutAnswer, shareSession } from './http2-failure.js';

export interface Http2CallOptions {
  /**
   * Opens a stream for the request, the first time and whenever it is sent again.
   * @param signal aborts when nobody waits for it any more
   */
  readonly open: (
    resends: number,
    signal: AbortSignal,
  ) => ClientHttp2Stream | Promise<ClientHttp2Stream>;
  /** Tells whether a request may be sent again that has failed so. Default: no. */
  readonly mayResend?:
    | ((error: unknown, resends: number, stream: ClientHttp2Stream | undefined) => boolean)
    | undefined;
  /** Whether the request has no body. */
  readonly endStream: boolean;
}

/** Tells whether node:http2 ends a request of this method with its head, where nobody says otherwise. */
export function endsWithItsHead(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'DELETE';
}

/** Of a body that comes in pieces, so many bytes are kept for another try; of one that comes at once, all, for the caller has it. */
const maxKeptBytes = 64 * 1024;

/** What a stream tells of its answer, and is passed on from the one that has it. */
const answerEvents = ['headers', 'continue', 'trailers', 'push', 'wantTrailers'] as const;

/**
 * A stream of HTTP/2 for a client that wants one at once: it is opened when there is room for it, and opened anew while the
 * server has not processed the request, before the client learns of anything.
 */
export class Http2Call extends Duplex {
  readonly #options: Http2CallOptions;
  readonly #leaving = new AbortController();
  readonly #body: { readonly kept: Buffer[]; bytes: number; written: number; isWhole: boolean } = {
    kept: [],
    bytes: 0,
    written: 0,
    isWhole: true,
  };
  #stream: ClientHttp2Stream | undefined;
  #isAnswered = false;
  #isWriting = false;
  #onWritten: (() => void) | undefined;
  #isBodyOver: boolean;
  #timeoutMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #rstCode: number | undefined;

  constructor(options: Http2CallOptions) {
    super();
    this.#options = options;
    this.#isBodyOver = options.endStream;
    if (options.endStream) this.end();
    void this.#begin(0);
  }

  get id(): number | undefined {
    return this.#stream?.id;
  }
  /** That of the stream; a client that looks at its socket before there is one sees this. */
  get session(): object | undefined {
    return this.#stream === undefined ? { socket: this } : this.#stream.session;
  }
  get rstCode(): number | undefined {
    return this.#stream?.rstCode ?? this.#rstCode;
  }
  get aborted(): boolean {
    return this.#stream?.aborted ?? false;
  }
  get pending(): boolean {
    return this.#stream?.pending ?? true;
  }
  get sentHeaders(): object | undefined {
    return this.#stream?.sentHeaders;
  }

  /** Ends the stream, as that of node:http2 does. */
  close(code: number = constants.NGHTTP2_NO_ERROR): void {
    this.#rstCode = code;
    this.#leaving.abort();
    if (this.#stream === undefined) this.destroy();
    else this.#stream.close(code);
  }

  sendTrailers(headers: object): void {
    this.#stream?.sendTrailers(headers as never);
  }

  /** Emits `timeout` when nothing has happened for so many milliseconds, in the wait for a stream too. */
  setTimeout(timeoutMs: number, callback?: () => void): this {
    if (callback !== undefined) this.once('timeout', callback);
    this.#timeoutMs = timeoutMs;
    this.#watchTime();
    return this;
  }

  override _read(): void {
    this.#stream?.resume();
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    const body = this.#body;
    body.kept.push(chunk);
    body.bytes += chunk.byteLength;
    this.#onWritten = callback;
    this.#writeNext();
  }

  override _final(callback: () => void): void {
    this.#isBodyOver = true;
    this.#writeNext();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#leaving.abort();
    const stream = this.#stream;
    if (stream !== undefined && !stream.destroyed) {
      stream.close(constants.NGHTTP2_CANCEL);
      if (error !== null) stream.destroy();
    }
    callback(error);
  }

  /** Waits for a stream, and follows it. Never rejects. */
  async #begin(resends: number): Promise<void> {
    try {
      const opened = this.#options.open(resends, this.#leaving.signal);
      this.#follow(opened instanceof Promise ? await opened : opened, resends);
    } catch (error) {
      await this.#sendAgain(error as Error, resends, undefined);
    }
  }

  #follow(stream: ClientHttp2Stream, resends: number): void {
    this.#stream = stream;
    shareSession(this, stream);
    let failure: Error | undefined;
    stream.once('response', (...details) => this.#passOn(stream, details));
    // For good: see exchangeHttp2.
    stream.on('error', (error) => {
      failure ??= error;
    });
    stream.on('timeout', () => this.emit('timeout'));
    stream.once('close', () => void this.#afterClose(stream, failure, resends));
    if (this.destroyed) return void stream.close(constants.NGHTTP2_CANCEL);
    this.#watchTime();
    if (this.#options.endStream) return;
    this.#body.written = 0;
    this.#isWriting = false;
    this.#writeNext();
  }

  /** The answer has begun: from here on the client sees the stream as it is. */
  #passOn(stream: ClientHttp2Stream, details: readonly unknown[]): void {
    this.#isAnswered = true;
    this.#body.isWhole = false;
    for (const event of answerEvents) {
      stream.on(event, (...args: unknown[]) => this.emit(event, ...args));
    }
    stream.once('aborted', () => this.emit('aborted'));
    stream.on('data', (chunk) => {
      if (!this.push(chunk)) stream.pause();
    });
    stream.once('end', () => this.push(null));
    this.emit('response', ...details);
  }

  async #afterClose(
    stream: ClientHttp2Stream,
    failure: Error | undefined,
    resends: number,
  ): Promise<void> {
    if (this.destroyed) return;
    if (!this.#isAnswered && this.#rstCode === undefined) {
      return this.#sendAgain(failure ?? endedWithoutAnswer(stream), resends, stream);
    }
    if (this.#rstCode !== undefined) this.destroy(failure);
    else if (failure === undefined && stream.readableEnded) this.#endAfterReading();
    else this.destroy(failure ?? endedWithoutAnswer(stream));
  }

  #endAfterReading(): void {
    if (this.readableEnded) this.destroy();
    else this.once('end', () => this.destroy());
  }

  async #sendAgain(
    error: Error,
    resends: number,
    stream: ClientHttp2Stream | undefined,
  ): Promise<void> {
    const { mayResend } = this.#options;
    // What a GOAWAY says of the streams comes in this turn, if it has not come yet.
    await Promise.resolve();
    if (this.destroyed) return;
    const isPossible = resends < maxResends && this.#body.isWhole;
    if (!isPossible || mayResend?.(error, resends, stream) !== true) {
      this.destroy(error);
      return;
    }
    this.#stream = undefined;
    this.#watchTime();
    try {
      await pauseBeforeResend(resends, this.#leaving.signal);
    } catch {
      return;
    }
    await this.#begin(resends + 1);
  }

  #writeNext(): void {
    const stream = this.#stream;
    if (stream === undefined || this.#isWriting || stream.destroyed) return;
    const body = this.#body;
    const chunk = body.kept[body.written];
    if (chunk === undefined) {
      const written = this.#onWritten;
      this.#onWritten = undefined;
      written?.();
      if (this.#isBodyOver && !stream.writableEnded) stream.end();
      return;
    }
    body.written += 1;
    this.#forgetBody();
    this.#isWriting = true;
    stream.write(chunk, (error) => {
      // A stream that fails tells so itself.
      if (error || this.#stream !== stream) return;
      this.#isWriting = false;
      this.#writeNext();
    });
  }

  #forgetBody(): void {
    const body = this.#body;
    if (body.kept.length > 1 && body.bytes > maxKeptBytes) body.isWhole = false;
    if (body.isWhole) return;
    body.kept.splice(0, body.written);
    body.written = 0;
  }

  #watchTime(): void {
    clearTimeout(this.#timer);
    const timeoutMs = this.#timeoutMs;
    if (this.#stream !== undefined) this.#stream.setTimeout(timeoutMs);
    else if (timeoutMs > 0 && !this.destroyed) {
      this.#timer = setTimeout(() => this.emit('timeout'), timeoutMs).unref();
    }
  }
}
