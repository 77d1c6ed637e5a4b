import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createCredentialManager } from '@keyturn/core';
import { manualClock } from '@keyturn/testkit';
import { expect, it, onTestFinished } from 'vitest';

function listen(name: string): unknown[] {
  const messages: unknown[] = [];
  const listener = (message: unknown): number => messages.push(message);
  subscribe(name, listener);
  onTestFinished(() => void unsubscribe(name, listener));
  return messages;
}

it('publishes each load and each rotation, with its outcome and without a secret', async () => {
  const loads = listen('keyturn:load');
  const rotations = listen('keyturn:rotated');
  const clock = manualClock();
  const answers = [{ token: 'first-secret' }, { token: 'second-secret' }, { token: 'bad\n' }];
  const source = {
    name: 'vault',
    load: async () => {
      await clock.advance(30);
      return answers.shift() ?? {};
    },
  };
  const manager = createCredentialManager({ source, clock });
  await manager.current();
  await manager.refresh();
  await manager.refresh().catch(() => {});
  const common = { source: 'vault', durationMs: 30 };
  const success = { outcome: 'success', outcomeClass: 'success' };
  expect(loads).toEqual([
    { ...common, ...success, reason: 'initial', generation: 1, bornExpired: false },
    { ...common, ...success, reason: 'requested', generation: 2, bornExpired: false },
    {
      ...common,
      reason: 'requested',
      outcome: 'failure',
      outcomeClass: 'decode_error',
      code: 'ERR_CREDENTIAL_TOKEN',
    },
  ]);
  expect(manager.stats().lastDurationMs).toBe(30);
  expect(rotations).toEqual([
    {
      source: 'vault',
      generation: 2,
      certificateGeneration: 1,
      certificateChanged: false,
      reason: 'requested',
    },
  ]);
  expect(JSON.stringify([loads, rotations])).not.toContain('secret');
});
