import { expect, it } from 'vitest';
import { startDeadline } from './deadline.js';

it('aborts with a TimeoutError when the time is over', async () => {
  const { signal } = startDeadline(undefined, 5);
  await expect.poll(() => signal?.reason).toMatchObject({ name: 'TimeoutError' });
});

it('aborts no more by time once it is lifted, but still by signal', async () => {
  const controller = new AbortController();
  const deadline = startDeadline(controller.signal, 5);
  deadline.lift();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(deadline.signal?.aborted).toBe(false);
  controller.abort();
  expect(deadline.signal?.aborted).toBe(true);
});

it('is the signal of the caller where there is no limit', () => {
  const { signal } = new AbortController();
  expect(startDeadline(signal, undefined).signal).toBe(signal);
});
