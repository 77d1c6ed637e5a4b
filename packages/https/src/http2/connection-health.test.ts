import { EventEmitter } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConnectionHealth } from './connection-health.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function setScene(answersPings: () => boolean) {
  const session = Object.assign(new EventEmitter(), {
    destroyed: false,
    connecting: false,
    pings: 0,
    ping(heard: (error: null) => void) {
      session.pings += 1;
      if (answersPings()) heard(null);
    },
    destroy() {
      session.destroyed = true;
    },
  });
  const onDead = vi.fn();
  const health = new ConnectionHealth(session as unknown as ClientHttp2Session, onDead);
  return { session, health, onDead };
}

it('gives up a connection whose server answers no ping', async () => {
  const { session, health, onDead } = setScene(() => false);
  health.watch();
  await vi.advanceTimersByTimeAsync(44_999);
  expect(session.destroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(2);
  expect(session.destroyed).toBe(true);
  expect(onDead.mock.calls[0]?.[0]).toMatchObject({ code: 'ECONNRESET' });
});

it('leaves alone what answers, and asks nobody who rests', async () => {
  const { session, health, onDead } = setScene(() => true);
  health.watch();
  await vi.advanceTimersByTimeAsync(90_000);
  health.rest();
  await vi.advanceTimersByTimeAsync(90_000);
  expect(session.pings).toBe(3);
  expect(onDead).not.toHaveBeenCalled();
});

it('gives up a server that never takes the connection', async () => {
  const { session, health } = setScene(() => true);
  session.connecting = true;
  health.watch();
  await vi.advanceTimersByTimeAsync(46_000);
  expect(session.destroyed).toBe(true);
});

it('asks as often as client-go is told to, and never where that is zero', async () => {
  vi.stubEnv('HTTP2_READ_IDLE_TIMEOUT_SECONDS', '2');
  vi.stubEnv('HTTP2_PING_TIMEOUT_SECONDS', '1');
  const often = setScene(() => false);
  often.health.watch();
  await vi.advanceTimersByTimeAsync(3_001);
  expect(often.session.destroyed).toBe(true);
  vi.stubEnv('HTTP2_READ_IDLE_TIMEOUT_SECONDS', '0');
  const never = setScene(() => false);
  never.health.watch();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(never.session.pings).toBe(0);
});

it('leaves no timer behind', () => {
  const { health } = setScene(() => false);
  health.watch();
  health.expectEnd();
  health.stop();
  health.watch();
  health.expectEnd();
  expect(vi.getTimerCount()).toBe(0);
});

/** A scene with a connection that nothing ends. */
function setConnectedScene() {
  const scene = setScene(() => false);
  const socket = new Socket();
  scene.session.emit('connect', scene.session, socket);
  return { ...scene, socket };
}

it('ends the connection with what it gives up, for node:http2 may wait for what nobody reads', async () => {
  const { health, socket } = setConnectedScene();
  health.watch();
  await vi.advanceTimersByTimeAsync(45_001);
  expect(socket.destroyed).toBe(true);
});

it('gives a connection whose session is over the time of a ping to end, also where nobody has said that it is', async () => {
  const told = setConnectedScene();
  told.health.expectEnd();
  const untold = setConnectedScene();
  untold.health.watch();
  untold.health.rest();
  untold.session.destroyed = true;
  await vi.advanceTimersByTimeAsync(14_999);
  expect(told.socket.destroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(told.socket.destroyed).toBe(true);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(untold.socket.destroyed).toBe(true);
});
