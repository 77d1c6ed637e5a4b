import type { ClientRequest } from 'node:http';
import { replaceHidden } from './replace-hidden.js';

// Bytes. An API server takes no object of more than three megabytes.
const longest = 4_194_304;

/** What a request was given to write; bytes are a copy, because a buffer may be used again. */
interface Chunk {
  readonly data: string | Uint8Array;
  readonly encoding: BufferEncoding | undefined;
}

/**
 * Keeps the body that a client of somebody else's writes into a request, so that it can be sent again.
 *
 * A body counts as whole where it is given in the turn of the event loop in which the request is made, up to 4 MiB. What comes
 * later is a stream, and a stream is sent once.
 */
export class RecordedBody {
  readonly #written: Chunk[] = [];
  /** What `end` was given. */
  #last: Chunk | undefined;
  #length = 0;
  #hasEnded = false;
  #isTurnOver = false;

  /** @param request that nothing has been written into yet */
  constructor(request: ClientRequest) {
    queueMicrotask(() => {
      this.#isTurnOver = true;
    });
    const { write, end } = request;
    replaceHidden(request, 'write', (...given: Parameters<typeof write>) => {
      this.#note(given, (chunk) => this.#written.push(chunk));
      return write.apply(request, given);
    });
    replaceHidden(request, 'end', (...given: Parameters<typeof end>) => {
      this.#hasEnded = true;
      this.#note(given, (chunk) => {
        this.#last = chunk;
      });
      return end.apply(request, given);
    });
  }

  /** Whether all of it is here. */
  get isWhole(): boolean {
    return this.#hasEnded && this.#length <= longest;
  }

  /** Writes it as it was written, and ends the request. */
  writeTo(request: ClientRequest): void {
    for (const { data, encoding } of this.#written) request.write(data, encoding ?? 'utf8');
    if (this.#last === undefined) request.end();
    else request.end(this.#last.data, this.#last.encoding ?? 'utf8');
  }

  #note([data, encoding]: readonly unknown[], keep: (chunk: Chunk) => void): void {
    if (typeof data !== 'string' && !(data instanceof Uint8Array)) return;
    const given = typeof encoding === 'string' ? (encoding as BufferEncoding) : undefined;
    this.#length += this.#isTurnOver ? longest + 1 : Buffer.byteLength(data, given);
    if (this.#length > longest) this.#written.length = 0;
    else keep({ data: typeof data === 'string' ? data : Buffer.from(data), encoding: given });
  }
}
