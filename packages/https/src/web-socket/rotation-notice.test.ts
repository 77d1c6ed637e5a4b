import {
  type CredentialManager,
  type CredentialMaterial,
  createCredentialManager,
} from '@keyturn/core';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { authority } from '../../test/scene.js';
import { RotationNotice, type RotationNoticeOptions } from './rotation-notice.js';
import type { WebSocketLike } from './web-socket-shape.js';

async function setScene(options: Partial<RotationNoticeOptions<WebSocketLike>> = {}) {
  const { issueClientCertificate } = await authority();
  const source = {
    name: 'rotating',
    load: async (): Promise<CredentialMaterial> => ({
      clientCertificate: await issueClientCertificate(),
    }),
  };
  const manager: CredentialManager = createCredentialManager({ source });
  onTestFinished(() => manager.close());
  await manager.current();
  const [onRotated, onCut] = [vi.fn(), vi.fn()];
  const notice = new RotationNotice(manager, {
    drainTimeoutMs: undefined,
    onRotated,
    onCut,
    ...options,
  });
  const socket = { on: vi.fn(), off: vi.fn(), close: vi.fn(), terminate: vi.fn() };
  return { manager, notice, socket, onRotated, onCut };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  return () => {
    // First: a spy that is put back later puts a timer back that never ends.
    vi.restoreAllMocks();
    vi.useRealTimers();
  };
});

it('tells what has happened before the socket was open', async () => {
  const { manager, notice, socket, onRotated } = await setScene();
  await manager.refresh();
  expect(onRotated).not.toHaveBeenCalled();
  notice.begin(socket);
  await manager.refresh();
  expect(onRotated.mock.calls.map(([{ credential }]) => credential.generation)).toEqual([2, 3]);
});

it('keeps nothing of that when the manager closes', async () => {
  const { manager, notice, socket, onRotated } = await setScene();
  await manager.refresh();
  await manager.close();
  notice.begin(socket);
  expect(onRotated).not.toHaveBeenCalled();
});

it('says goodbye once the time has passed, and hangs up on who does not answer', async () => {
  const { manager, notice, socket, onCut } = await setScene({ drainTimeoutMs: 100 });
  const timers = vi.spyOn(globalThis, 'setTimeout');
  notice.begin(socket);
  await manager.refresh();
  await manager.refresh();
  vi.advanceTimersByTime(99);
  expect(socket.close).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(socket.close).toHaveBeenCalledExactlyOnceWith(1001, 'ERR_CONNECTION_DRAINED');
  expect(onCut.mock.calls.map(([{ code }]) => code)).toEqual(['ERR_CONNECTION_DRAINED']);
  expect(socket.terminate).not.toHaveBeenCalled();
  vi.advanceTimersByTime(500);
  expect(socket.terminate).toHaveBeenCalledOnce();
  expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([false, false]);
});

it('leaves neither a timer nor a listener behind', async () => {
  const { manager, notice, socket, onRotated } = await setScene({ drainTimeoutMs: 100 });
  notice.begin(socket);
  await manager.refresh();
  notice.end();
  expect(vi.getTimerCount()).toBe(0);
  await manager.refresh();
  expect(onRotated).toHaveBeenCalledOnce();
  notice.begin(socket);
  await manager.refresh();
  expect(onRotated).toHaveBeenCalledOnce();
});
