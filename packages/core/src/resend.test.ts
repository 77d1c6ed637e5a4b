import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { createCredentialManager } from './container/create-credential-manager.js';
import type { Credential } from './contract.js';
import { isRepeatable, maxResends, resendPauseMs, sendUntilProcessed } from './resend.js';
import { withCredential } from './with-credential.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const unprocessed = new Error('refused stream');
const mayResend = (error: unknown): boolean => error === unprocessed;

/** Fails so often before it answers. */
function failing(times: number, error: Error = unprocessed) {
  let sent = 0;
  return async (): Promise<number> => {
    sent += 1;
    if (sent <= times) throw error;
    return sent;
  };
}

async function settle<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  await vi.runAllTimersAsync();
  return promise;
}

it('pauses longer each time, but not before the first resend, and never as others do', () => {
  const longest = Array.from({ length: maxResends }, (_, resends) => resendPauseMs(resends, 1));
  expect(longest).toEqual([0, 50, 100, 200, 400, 800]);
  expect(resendPauseMs(3, 0)).toBe(100);
});

it('sends again what was not processed, six times', async () => {
  expect(await settle(sendUntilProcessed(failing(maxResends), { mayResend }))).toBe(7);
  const hopeless = sendUntilProcessed(failing(maxResends + 1), { mayResend });
  await expect(settle(hopeless)).rejects.toBe(unprocessed);
});

it('sends nothing again that may have been processed', async () => {
  const error = new Error('reset');
  await expect(settle(sendUntilProcessed(failing(1, error), { mayResend }))).rejects.toBe(error);
});

it('ends in a pause when its caller leaves', async () => {
  const abort = new AbortController();
  const { signal } = abort;
  const sending = sendUntilProcessed(failing(9), { mayResend, signal });
  sending.catch(() => {});
  await vi.advanceTimersByTimeAsync(10);
  abort.abort(new Error('enough'));
  await expect(sending).rejects.toThrow('enough');
  expect(vi.getTimerCount()).toBe(0);
});

it('repeats what Go repeats', () => {
  const repeatable = ['GET', 'HEAD', 'OPTIONS', 'TRACE', 'POST', 'PUT', 'DELETE', 'PATCH'].filter(
    (method) => isRepeatable(method, {}),
  );
  expect(repeatable).toEqual(['GET', 'HEAD', 'OPTIONS', 'TRACE']);
  expect(isRepeatable('POST', { 'idempotency-key': '1' })).toBe(true);
  expect(isRepeatable('POST', { 'x-idempotency-key': '1' })).toBe(true);
});

function setUp() {
  let loads = 0;
  const source = { name: 'test', load: async () => ({ token: `token-${++loads}` }) };
  const manager = createCredentialManager({ source });
  onTestFinished(() => manager.close());
  return manager;
}

it('carries the newest credential with each resend, and reports the one that was refused', async () => {
  const manager = setUp();
  const sent: (string | undefined)[] = [];
  const send = async ({ token }: Credential): Promise<number> => {
    sent.push(token);
    if (sent.length === 1) {
      await manager.refresh();
      throw unprocessed;
    }
    return token === 'token-3' ? 200 : 401;
  };
  const answer = withCredential(manager, send, (status) => status === 401, { mayResend });
  expect(await settle(answer)).toBe(200);
  expect(sent).toEqual(['token-1', 'token-2', 'token-3']);
});

it('sends a replay again, too', async () => {
  const manager = setUp();
  const outcomes = [401, unprocessed, unprocessed, 200];
  const send = async (): Promise<number> => {
    const outcome = outcomes.shift();
    if (outcome instanceof Error) throw outcome;
    return outcome ?? 500;
  };
  const answer = withCredential(manager, send, (status) => status === 401, { mayResend });
  expect(await settle(answer)).toBe(200);
});
