import { EventEmitter } from 'node:events';
import { propagate, status } from '@grpc/grpc-js';
import { beforeEach, expect, it, vi } from 'vitest';
import { CallWait } from './call-wait.js';
import type { CallArguments } from './channel-call.js';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  return () => void vi.useRealTimers();
});

/** A server call that has so many milliseconds left. */
const serverCall = (leftMs: number) =>
  Object.assign(new EventEmitter(), { getDeadline: () => Date.now() + leftMs });

function begin(deadline: number, parent: object | null = null, flags?: number) {
  const end = vi.fn();
  const args = ['/method', deadline, null, parent, flags ?? null] as unknown as CallArguments;
  const wait = new CallWait(args, end);
  wait.begin();
  return { wait, end };
}

it('ends at the deadline of the call, and not before', () => {
  const { end } = begin(Date.now() + 500);
  vi.advanceTimersByTime(499);
  expect(end).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(end).toHaveBeenCalledExactlyOnceWith(
    status.DEADLINE_EXCEEDED,
    expect.stringContaining('waiting for a credential'),
  );
});

it('ends at once where the deadline has passed', () => {
  const { end } = begin(Date.now() - 500);
  vi.advanceTimersByTime(0);
  expect(end).toHaveBeenCalledOnce();
});

it.each([Number.POSITIVE_INFINITY, 1_000_000 + 2 ** 31])(
  'has no timer for a deadline that no timer reaches: %d',
  (deadline) => {
    begin(deadline);
    expect(vi.getTimerCount()).toBe(0);
  },
);

it('has one for the last deadline that a timer reaches', () => {
  begin(Date.now() + 2 ** 31 - 1);
  expect(vi.getTimerCount()).toBe(1);
});

it('ends with the server call on whose behalf it waits, or at its deadline', () => {
  const parent = serverCall(300);
  const { end } = begin(Date.now() + 500, parent);
  vi.advanceTimersByTime(300);
  parent.emit('cancelled');
  expect(end.mock.calls.map(([code]) => code)).toEqual([
    status.DEADLINE_EXCEEDED,
    status.CANCELLED,
  ]);
});

it('takes from the server call only what is to be passed on', () => {
  const parent = serverCall(300);
  const { end } = begin(Date.now() + 500, parent, propagate.CANCELLATION);
  vi.advanceTimersByTime(300);
  expect(end).not.toHaveBeenCalled();
  begin(Date.now() + 500, parent, propagate.DEADLINE);
  expect(parent.listenerCount('cancelled')).toBe(1);
});

it('leaves neither a timer nor a listener behind', () => {
  const parent = serverCall(300);
  const { wait, end } = begin(Date.now() + 500, parent);
  wait.end();
  expect(vi.getTimerCount()).toBe(0);
  expect(parent.listenerCount('cancelled')).toBe(0);
  expect(end).not.toHaveBeenCalled();
});
