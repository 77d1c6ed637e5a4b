import { getEventListeners } from 'node:events';
import axios from 'axios';
import { expect, it, vi } from 'vitest';
import type { RequestConfig } from './axios-shape.js';
import { callerAbort } from './caller-abort.js';

const config = (given: object): RequestConfig => given as RequestConfig;

it('is the signal of the caller where nothing else can end the request', () => {
  const { signal } = new AbortController();
  expect(callerAbort(config({ signal }), axios)).toEqual({ signal });
  expect(callerAbort(config({ timeout: 0 }), axios)).toEqual({ signal: undefined });
});

it('aborts with each of the three ways to give up', async () => {
  const abort = new AbortController();
  const { token, cancel } = axios.CancelToken.source();
  const ways = [{ signal: abort.signal }, { cancelToken: token }, { timeout: 1 }];
  const signals = ways.map((way) => callerAbort(config({ timeout: 60_000, ...way }), axios).signal);
  abort.abort('left');
  cancel('cancelled');
  await expect.poll(() => signals.map((signal) => signal?.aborted)).toEqual([true, true, true]);
  expect(signals.map((signal) => signal?.reason?.message ?? signal?.reason)).toEqual([
    'left',
    'cancelled',
    'timeout of 1ms exceeded',
  ]);
});

it('leaves neither a timer nor a listener behind', () => {
  vi.useFakeTimers();
  const { signal } = new AbortController();
  const like = { addEventListener: vi.fn(), removeEventListener: vi.fn() };
  const { token } = axios.CancelToken.source();
  const unsubscribe = vi.spyOn(token, 'unsubscribe');
  const waits = [signal, like].map((each) =>
    callerAbort(config({ signal: each, cancelToken: token, timeout: 60_000 }), axios),
  );
  for (const { release } of waits) release?.();
  expect(vi.getTimerCount()).toBe(0);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(like.removeEventListener.mock.calls).toEqual(like.addEventListener.mock.calls);
  expect(unsubscribe).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});

it('has aborted where the caller had', () => {
  const signal = AbortSignal.abort('before');
  expect(callerAbort(config({ signal, timeout: 60_000 }), axios).signal?.reason).toBe('before');
});
