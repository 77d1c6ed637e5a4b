import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { anySignal } from './any-signal.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

it('aborts with the reason of the first signal', () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const signal = anySignal([one.signal, other.signal]);
  expect(signal.aborted).toBe(false);
  other.abort('second');
  expect(signal.reason).toBe('second');
  one.abort('first');
  expect(signal.reason).toBe('second');
});

it('aborts with a timeout that nobody else refers to, whatever the garbage collector does', async () => {
  const listen = (signal: AbortSignal): Promise<unknown> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason.name)));
  const aborted = listen(anySignal([AbortSignal.timeout(100), new AbortController().signal]));
  const collecting = setInterval(collectGarbage, 10);
  expect(await Promise.race([aborted, wait(10_000, 'never')])).toBe('TimeoutError');
  clearInterval(collecting);
});
