import { StringDecoder } from 'node:string_decoder';
import { outsideLoads } from '../lifecycle/running-load.js';
import { nodeFs } from './node-fs.js';

/** Where it goes on to what a plugin writes to stderr. */
export interface StderrSink {
  readonly write: (chunk: Buffer) => void;
  /** The plugin has ended. Something that it left behind may go on writing. */
  end(): void;
}

/** Passes on to `onStderr` what a plugin says; without one, to our own stderr, as if the plugin had inherited it. */
export function stderrSink(onStderr: ((text: string) => void) | undefined): StderrSink {
  return onStderr === undefined ? { write: forward, end: () => {} } : tell(onStderr);
}

function tell(onStderr: (text: string) => void): StderrSink {
  // A character may come in two chunks.
  const decoder = new StringDecoder('utf8');
  let hasEnded = false;
  const say = (text: string): void => {
    if (text !== '' && !hasEnded) quietly(() => onStderr(text));
  };
  return {
    write: (chunk) => say(decoder.write(chunk)),
    end: () => {
      say(decoder.end());
      hasEnded = true;
    },
  };
}

/** What the program's own function throws, at once or later, is no failure of the plugin; what it asks, no recursion. */
function quietly(call: () => unknown): void {
  outsideLoads(() => {
    try {
      Promise.resolve(call()).catch(() => {});
    } catch {
      // As above.
    }
  });
}

function forward(chunk: Buffer): void {
  try {
    for (let written = 0; written < chunk.length; )
      written += nodeFs().writeSync(2, chunk, written);
  } catch {
    // Nobody listens to our stderr, or it is full. Not a reason to fail a request: the error carries the end of it.
  }
}
