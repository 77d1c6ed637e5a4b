import { Duplex } from 'node:stream';
import { expect, it, vi } from 'vitest';
import type { Controller } from './handler-shape.js';
import { LegacyBridge, overHttp1 } from './legacy-bridge.js';

function controller(
  rawHeaders?: unknown,
): Controller & Record<'abort' | 'pause' | 'resume', unknown> {
  return {
    aborted: false,
    paused: false,
    rawHeaders,
    abort: vi.fn(),
    pause: vi.fn(),
    resume: vi.fn(),
  };
}

const textOf = (raw: unknown): string[] => (raw as readonly Buffer[]).map(String);

it('passes an exchange on in the words of the old kind', () => {
  const onHeaders = vi.fn((..._given: unknown[]) => true);
  const onComplete = vi.fn();
  const onData = vi.fn(() => true);
  const onError = vi.fn();
  const bridge = new LegacyBridge({ onHeaders, onComplete, onData, onError });
  const raw = [Buffer.from('x'), Buffer.from('y')];
  bridge.onResponseStart(controller(raw), 200, { x: 'y' }, 'OK');
  bridge.onResponseData(controller(), Buffer.from('data'));
  bridge.onResponseEnd(controller(), {});
  bridge.onResponseError(undefined, new Error('late'));
  expect(onHeaders.mock.calls[0]?.slice(0, 2)).toEqual([200, raw]);
  expect(onData).toHaveBeenCalledWith(Buffer.from('data'));
  expect(onComplete).toHaveBeenCalledWith([]);
  expect(onError).toHaveBeenCalledWith(new Error('late'));
});

it('spells headers out where nobody has kept them raw', () => {
  const onHeaders = vi.fn((..._given: unknown[]) => true);
  const bridge = new LegacyBridge({ onHeaders });
  bridge.onResponseStart(controller(null), 200, { a: 'b', c: ['d', 'e'], none: undefined });
  expect(textOf(onHeaders.mock.calls[0]?.[1])).toEqual(['a', 'b', 'c', 'd', 'c', 'e']);
});

it('pauses and resumes where the handler wants it, and aborts', () => {
  let abort: (reason?: Error) => void = () => {};
  let resume = (): void => {};
  const bridge = new LegacyBridge({
    onConnect: (given) => {
      abort = given;
    },
    onHeaders: (_status, _headers, given) => {
      resume = given;
      return false;
    },
    onData: () => false,
  });
  const steered = controller();
  bridge.onRequestStart(steered);
  bridge.onResponseStart(steered, 200, {});
  bridge.onResponseData(steered, Buffer.from('data'));
  expect(steered.pause).toHaveBeenCalledTimes(2);
  resume();
  expect(steered.resume).toHaveBeenCalledOnce();
  abort(new Error('enough'));
  expect(steered.abort).toHaveBeenCalledWith(new Error('enough'));
});

it('hands an upgraded socket over', () => {
  const onUpgrade = vi.fn();
  const socket = new Duplex();
  new LegacyBridge({ onUpgrade }).onRequestUpgrade(controller(), 101, {}, socket);
  expect(onUpgrade).toHaveBeenCalledWith(101, [], socket);
});

it('keeps such a request to HTTP/1.1, and its other options', () => {
  expect(overHttp1({ origin: 'https://api.example' })).toEqual({
    origin: 'https://api.example',
    allowH2: false,
  });
});
