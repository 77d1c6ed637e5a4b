import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { KeepAlive } from './keep-alive.js';

/** Something that a load holds open, and whether it keeps the process alive. */
function open(): { ref(): void; unref(): void; isRef: boolean } {
  return {
    isRef: true,
    ref() {
      this.isRef = true;
    },
    unref() {
      this.isRef = false;
    },
  };
}

it('lets the process end while nobody waits', () => {
  const handle = open();
  new KeepAlive().hold(handle);
  expect(handle.isRef).toBe(false);
});

it('keeps the process alive for who waits, whether they came before or after what is held open', () => {
  const keepAlive = new KeepAlive();
  const [early, late] = [open(), open()];
  keepAlive.hold(early);
  keepAlive.enter(undefined);
  keepAlive.hold(late);
  expect([early.isRef, late.isRef]).toEqual([true, true]);
});

it('lets the process end when the last one has given up, and keeps it when another comes', () => {
  const keepAlive = new KeepAlive();
  const handle = open();
  const [one, other] = [new AbortController(), new AbortController()];
  keepAlive.hold(handle);
  for (const { signal } of [one, one, other]) keepAlive.enter(signal);
  one.abort();
  expect(handle.isRef).toBe(true);
  other.abort();
  expect(handle.isRef).toBe(false);
  keepAlive.enter(new AbortController().signal);
  expect(handle.isRef).toBe(true);
});

it('does not count who had given up before', () => {
  const keepAlive = new KeepAlive();
  const handle = open();
  keepAlive.hold(handle);
  keepAlive.enter(AbortSignal.abort());
  expect(handle.isRef).toBe(false);
});

it('leaves alone what was taken back', () => {
  const keepAlive = new KeepAlive();
  const handle = open();
  const takeBack = keepAlive.hold(handle);
  takeBack();
  keepAlive.enter(undefined);
  expect(handle.isRef).toBe(false);
});

it('lets the process end when the load has ended, and leaves no listener behind', () => {
  const keepAlive = new KeepAlive();
  const handle = open();
  const { signal } = new AbortController();
  keepAlive.enter(undefined);
  keepAlive.enter(signal);
  keepAlive.hold(handle);
  keepAlive.end();
  keepAlive.enter(signal);
  expect(handle.isRef).toBe(false);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
