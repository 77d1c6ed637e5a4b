import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { waitFor } from './wait-for.js';

function pending<Result>() {
  let resolve = (_: Result): void => {};
  let reject = (_: unknown): void => {};
  const promise = new Promise<Result>((succeed, fail) => {
    resolve = succeed;
    reject = fail;
  });
  return { promise, resolve, reject };
}

describe('a wait', () => {
  it('without a signal is the promise itself', () => {
    const { promise } = pending();
    expect(waitFor(promise, undefined)).toBe(promise);
  });

  it('ends with the promise', async () => {
    const { promise, resolve } = pending<string>();
    const wait = waitFor(promise, new AbortController().signal);
    resolve('done');
    expect(await wait).toBe('done');
  });

  it('fails with the promise', async () => {
    const { promise, reject } = pending();
    const waits = [1, 2].map(() => waitFor(promise, new AbortController().signal).catch((e) => e));
    const error = new Error('no');
    reject(error);
    expect(await Promise.all(waits)).toEqual([error, error]);
  });

  it('ends with its signal, and no other wait does', async () => {
    const { promise, resolve } = pending<string>();
    const abort = new AbortController();
    const impatient = waitFor(promise, abort.signal);
    const patient = waitFor(promise, new AbortController().signal);
    abort.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    resolve('done');
    expect(await patient).toBe('done');
  });

  it('with a signal that has aborted fails at once, and a failure of the promise is nobody’s', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const wait = waitFor(Promise.reject(new Error('lost')), AbortSignal.abort(new Error('late')));
    await expect(wait).rejects.toThrow('late');
    await nextTurn();
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('a thousand waits with one signal', () => {
  it('put one listener on it, also over several promises, and take it back', async () => {
    const { signal } = new AbortController();
    const flights = Array.from({ length: 20 }, () => pending<string>());
    const waits = flights.flatMap(({ promise }) =>
      Array.from({ length: 50 }, () => waitFor(promise, signal)),
    );
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const { resolve } of flights) resolve('done');
    expect(await Promise.all(waits)).toHaveLength(1_000);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('end together when it aborts', async () => {
    const abort = new AbortController();
    const { promise } = pending();
    const waits = Array.from({ length: 1_000 }, () =>
      waitFor(promise, abort.signal).catch(() => 0),
    );
    abort.abort();
    expect(await Promise.all(waits)).toHaveLength(1_000);
  });
});

it('keeps nothing of 50,000 waits that were aborted', async () => {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc') as () => void;
  const heap = async (): Promise<number> => {
    for (let round = 0; round < 4; round += 1) {
      collect();
      await nextTurn();
    }
    return process.memoryUsage().heapUsed;
  };
  const { promise } = pending();
  const abortMany = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      const abort = new AbortController();
      const wait = waitFor(promise, abort.signal).catch(() => {});
      abort.abort();
      if (index % 1_000 === 0) await wait;
    }
  };
  await abortMany(1_000);
  const before = await heap();
  await abortMany(50_000);
  expect(((await heap()) - before) / 50_000).toBeLessThan(100);
  expect(promise).toBeInstanceOf(Promise);
});
