import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCredentialManager } from '@keyturn/core';
import { manualClock, testSource } from '@keyturn/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { tokenFileSource } from './token-file-source.js';

async function tokenFile(token: string): Promise<{ path: string; dispose(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-token-'));
  const path = join(folder, 'token');
  await writeFile(path, `${token}\n`);
  return { path, dispose: () => rm(folder, { recursive: true }) };
}

testSource({
  test: it,
  name: 'tokenFileSource',
  make: async () => {
    const { path, dispose } = await tokenFile('a-secret-token');
    return {
      source: tokenFileSource(path),
      secrets: ['a-secret-token'],
      fail: () => rm(path),
      mend: () => writeFile(path, 'a-secret-token'),
      dispose,
    };
  },
});

it('tokenFileSource serves the token on while the file is away, until a server refuses it', async () => {
  const { path, dispose } = await tokenFile('first');
  onTestFinished(dispose);
  const clock = manualClock();
  await using manager = createCredentialManager({ source: tokenFileSource(path), clock });
  const credential = await manager.current();
  expect(credential.expiresAt).toBe(clock.now() + 60_000);
  await rm(path);
  for (let minute = 0; minute < 3; minute += 1) {
    await clock.advance(61_000);
    expect((await manager.current()).token).toBe('first');
  }
  expect(await manager.invalidate(await manager.current())).toBeUndefined();
});

it('tokenFileSource follows the file when it changes', async () => {
  const { path, dispose } = await tokenFile('first');
  onTestFinished(dispose);
  const clock = manualClock(Date.now());
  await using manager = createCredentialManager({ source: tokenFileSource(path), clock });
  expect((await manager.current()).token).toBe('first');
  await writeFile(path, 'second');
  expect(manager.peek()?.token).toBe('first');
  await clock.advance(61_000);
  expect((await manager.current()).token).toBe('second');
});
