import type { WriteStream } from 'node:tty';

/** Tells what is going on, and how long it has been going on, while nothing else is printed. */
export class Progress {
  readonly #stream: WriteStream;
  readonly #startedAt = performance.now();

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  /** On a terminal each line takes the place of the one before. */
  readonly say = (text: string): void => {
    const line = `${this.#elapsed()}  ${text}`;
    if (!this.#stream.isTTY) {
      this.#stream.write(`${line}\n`);
      return;
    }
    this.#stream.cursorTo(0);
    this.#stream.clearLine(1);
    this.#stream.write(line.slice(0, (this.#stream.columns ?? 80) - 1));
  };

  /** Leaves a line free for what comes next. Like every line, `text` is cut where the terminal ends. */
  end(text: string): void {
    this.say(text);
    if (this.#stream.isTTY) this.#stream.write('\n');
  }

  #elapsed(): string {
    const seconds = Math.round((performance.now() - this.#startedAt) / 1_000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }
}
