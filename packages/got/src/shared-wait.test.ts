import { expect, it } from 'vitest';
import { SharedWait } from './shared-wait.js';

/** A wait that ends when it is told, and the signal that gives it up. */
function setScene(): {
  readonly wait: SharedWait<string>;
  readonly signal: AbortSignal;
  end(outcome: string): void;
} {
  let resolve = (_: string): void => {};
  const promise = new Promise<string>((settle) => {
    resolve = settle;
  });
  let given: AbortSignal | undefined;
  const wait = new SharedWait((signal) => {
    given = signal;
    return promise;
  });
  return { wait, signal: given as AbortSignal, end: (outcome) => resolve(outcome) };
}

it('brings everybody the same outcome', async () => {
  const { wait, end } = setScene();
  const outcomes = [wait.join(undefined), wait.join(new AbortController().signal)];
  end('the outcome');
  expect(await Promise.all(outcomes)).toEqual(['the outcome', 'the outcome']);
});

it('lets go of who aborts, and is given up when the last one has left', async () => {
  const { wait, signal } = setScene();
  const [one, other] = [new AbortController(), new AbortController()];
  const waits = [wait.join(one.signal), wait.join(other.signal)];
  one.abort('the first reason');
  await expect(waits[0]).rejects.toBe('the first reason');
  expect([signal.aborted, wait.isOver]).toEqual([false, false]);
  other.abort('the second reason');
  await expect(waits[1]).rejects.toBe('the second reason');
  expect([signal.aborted, wait.isOver]).toEqual([true, true]);
});

it('does not keep who has aborted before', async () => {
  const { wait } = setScene();
  await expect(wait.join(AbortSignal.abort('too late'))).rejects.toBe('too late');
});
