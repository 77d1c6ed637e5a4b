import type { WriteStream } from 'node:tty';
import { expect, it } from 'vitest';
import { Progress } from './progress.js';

/** Twenty columns; `[` stands for going back to the first of them. */
function streamOf(isTTY: boolean): {
  readonly stream: WriteStream;
  readonly written: () => string;
} {
  let text = '';
  const add = (more: string) => {
    text += more;
    return true;
  };
  const stream = {
    isTTY,
    columns: 20,
    write: add,
    cursorTo: () => add('['),
    clearLine: () => true,
  };
  return { stream: stream as unknown as WriteStream, written: () => text };
}

it('puts each line of a terminal in the place of the one before, cut to its width', () => {
  const { stream, written } = streamOf(true);
  const progress = new Progress(stream);
  progress.say('lookups');
  progress.say('a plugin that answers at once');
  expect(written()).toBe('[0:00  lookups[0:00  a plugin that');
});

it('leaves a line free on a terminal', () => {
  const { stream, written } = streamOf(true);
  new Progress(stream).end('measured');
  expect(written()).toBe('[0:00  measured\n');
});

it('gives every line its own where there is no terminal, in full', () => {
  const { stream, written } = streamOf(false);
  const progress = new Progress(stream);
  progress.say('a plugin that answers at once');
  progress.end('measured');
  expect(written()).toBe('0:00  a plugin that answers at once\n0:00  measured\n');
});
