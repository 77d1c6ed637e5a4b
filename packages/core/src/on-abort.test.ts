import { getEventListeners } from 'node:events';
import { expect, it, vi } from 'vitest';
import { onAbort } from './on-abort.js';

const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

it('calls each callback once when the signal aborts', () => {
  const abort = new AbortController();
  const callbacks = [vi.fn(), vi.fn()];
  for (const callback of callbacks) onAbort(abort.signal, callback);
  abort.abort();
  for (const callback of callbacks) expect(callback).toHaveBeenCalledTimes(1);
});

it('calls a function that was given twice twice, and each undo takes back its own', () => {
  const abort = new AbortController();
  const callback = vi.fn();
  const undo = [onAbort(abort.signal, callback), onAbort(abort.signal, callback)];
  undo[0]?.();
  undo[0]?.();
  abort.abort();
  expect(callback).toHaveBeenCalledTimes(1);
});

it('listens once however many there are, and not any longer than one is left', () => {
  const { signal } = new AbortController();
  const undo = Array.from({ length: 100 }, () => onAbort(signal, () => {}));
  expect(listenersOf(signal)).toBe(1);
  for (const take of undo.slice(1)) take();
  expect(listenersOf(signal)).toBe(1);
  undo[0]?.();
  expect(listenersOf(signal)).toBe(0);
  onAbort(signal, () => {});
  undo[0]?.();
  expect(listenersOf(signal)).toBe(1);
});

it('does not call one that another has taken back meanwhile', () => {
  const abort = new AbortController();
  const second = vi.fn();
  onAbort(abort.signal, () => takeBack());
  const takeBack = onAbort(abort.signal, second);
  abort.abort();
  expect(second).not.toHaveBeenCalled();
});
