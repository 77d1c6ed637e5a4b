import { AssertionError } from 'node:assert';
import { stripVTControlCharacters } from 'node:util';
import { expectationOf } from './expected.js';

/**
 * A scene that did not hold, in two sentences: what is expected of the binding, and what was seen instead.
 *
 * It has no stack: the frames would all be of the testkit, once for each scene. Where an error of the binding or of its client
 * is what was seen, the line of the binding it came from stands in the message.
 */
export class SceneFailure extends Error {
  constructor(scene: string, thrown: unknown) {
    const expectation = expectationOf(scene) ?? scene;
    super(`Expected: ${expectation}.\nSeen: ${describe(thrown)}`);
    this.name = 'SceneFailure';
    this.stack = `${this.name}: ${this.message}`;
  }
}

function describe(thrown: unknown): string {
  if (thrown instanceof AssertionError) return stripVTControlCharacters(thrown.message).trim();
  if (!(thrown instanceof Error)) return `something was thrown that is no Error, ${typeof thrown}.`;
  const place = frameOf(thrown);
  return `${thrown.name}: ${thrown.message}${place === undefined ? '' : `\n  ${place}`}`;
}

/** The first line of the stack that is not of Node, of a package or of this testkit. */
function frameOf({ stack = '' }: Error): string | undefined {
  const frames = stack.split('\n').map((line) => line.trim());
  return frames.find(
    (line) =>
      /^at .*[:(]/.test(line) &&
      !/\(?node:|[\\/]node_modules[\\/]|[\\/]testkit[\\/](?:src|dist)[\\/]/.test(line),
  );
}
