import type { FetchRequest } from './fetch-shape.js';

/** Bodies up to this size are kept for a replay. Bytes; nobody can see how large a Request will turn out. */
const maxKeptBytes = 1_048_576;

/**
 * Copies the body of a Request while it is being sent: inside a Request even a string has become a stream, which can be
 * read once.
 */
export class BodyCopy {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #isWhole = false;

  /** @param body a branch of the body that nobody else reads */
  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
    // A body that fails, fails where it is sent.
    this.#read().catch(() => this.discard());
  }

  /** Whether all of it is here, so that it can be sent again. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The body; whole or not. */
  get bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  /** Lets go of what is here, and takes no more. */
  discard(): void {
    this.#isWhole = false;
    this.#chunks = [];
    this.#reader.cancel().catch(() => {});
  }

  async #read(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) {
        this.#isWhole = true;
        return;
      }
      this.#size += value.byteLength;
      if (this.#size > maxKeptBytes) return this.discard();
      this.#chunks.push(value);
    }
  }
}

/** Begins a copy of the body of `request`; undefined where there is none, or none any more. */
export function copyBody(request: FetchRequest): BodyCopy | undefined {
  if (request.bodyUsed || !request.body) return undefined;
  return new BodyCopy(request.clone().body as ReadableStream<Uint8Array>);
}
