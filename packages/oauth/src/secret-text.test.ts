import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { CredentialError, createCredentialManager } from '@keyturn/core';
import { manualClock } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { scriptedFetch, token } from '../test/scripted-fetch.js';
import { oauthSource } from './oauth-source.js';
import type { SecretText } from './secret-text.js';

function setUp(assertion: SecretText) {
  const server = scriptedFetch(token('t'));
  const clock = manualClock();
  const tokenEndpoint = 'https://idp.example/token';
  const source = oauthSource({
    grant: 'jwt_bearer',
    tokenEndpoint,
    assertion,
    fetch: server.fetch,
  });
  const manager = createCredentialManager({ source, clock });
  onTestFinished(() => manager.close());
  const presented = () => server.forms.map((form) => form.get('assertion'));
  return { server, clock, manager, presented };
}

/** Returns the path of a file that nobody has written just now. */
async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'secret-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'assertion');
  await writeFile(path, text);
  await utimes(path, 1, 1);
  return path;
}

describe('a secret in a file', () => {
  it('is read anew with each load, without the blanks around it', async () => {
    const file = await fileWith('\ufeff first\r\n');
    const { manager, presented } = setUp({ file });
    await manager.current();
    await writeFile(file, 'second\n');
    await utimes(file, 2, 2);
    await manager.refresh();
    expect(presented()).toEqual(['first', 'second']);
  });

  it('that is empty is not sent', async () => {
    const file = await fileWith(' \n');
    const { manager, server } = setUp({ file });
    await expect(manager.current()).rejects.toMatchObject({
      code: 'ERR_OAUTH_SECRET',
      message: `Secret "assertion" is missing: file "${file}" is empty.`,
    });
    expect(server.requests).toHaveLength(0);
  });

  it('that is not there is told with its path', async () => {
    const { manager } = setUp({ file: '/no/such/secret' });
    await expect(manager.current()).rejects.toMatchObject({
      code: 'ERR_FILE_READ',
      message: expect.stringContaining('"/no/such/secret" cannot be read'),
    });
  });
});

describe('a secret of a function', () => {
  it('is asked for with each load, by the clock of the manager', async () => {
    const seen: number[] = [];
    const { manager, clock, presented } = setUp(({ clock: { now } }) => {
      seen.push(now());
      return `of-${seen.length}`;
    });
    await manager.current();
    await clock.advance(1_000);
    await manager.refresh();
    expect([presented(), seen[1]]).toEqual([['of-1', 'of-2'], clock.now()]);
  });

  it.each([undefined, '', 5, null])('that returns none is told so: %j', async (value) => {
    const { manager } = setUp(() => value as never);
    await expect(manager.current()).rejects.toMatchObject({
      code: 'ERR_OAUTH_SECRET',
      message: 'Secret "assertion" is missing: the function that gives it returned no text.',
    });
  });

  it('that throws shows nothing of what it threw, to whoever does not ask', async () => {
    const thrown = new Error('of s3cret');
    const { manager } = setUp(() => Promise.reject(thrown));
    const error = await manager.current().catch((each: unknown) => each as CredentialError);
    expect(error).toMatchObject({ code: 'ERR_OAUTH_SECRET' });
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain('s3cret');
    expect((error as CredentialError).original()).toBe(thrown);
  });

  it('of another manager fails with the code of that one, and is asked for again', async () => {
    let isDown = true;
    const { manager, clock } = setUp(() => {
      if (isDown) throw new CredentialError('ERR_EXEC_EXIT', 'x', { isFinal: true });
      return 'of-the-other';
    });
    await expect(manager.current()).rejects.toMatchObject({ code: 'ERR_EXEC_EXIT' });
    isDown = false;
    await clock.advance(1_000);
    expect((await manager.current()).token).toBe('t');
  });

  it('that takes long is left when the manager closes', async () => {
    const { manager } = setUp(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
        }),
    );
    const waiting = manager.current();
    waiting.catch(() => {});
    await new Promise(setImmediate);
    await manager.close();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
  });
});
