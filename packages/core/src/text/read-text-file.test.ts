import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readTextFile } from './read-text-file.js';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'text-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

it('reads what stands in a file', async () => {
  const path = join(await folder(), 'secret');
  await writeFile(path, 's3cret\n');
  await utimes(path, 1, 1);
  expect(await readTextFile(path)).toBe('s3cret\n');
});

it('waits for the end of a write', async () => {
  const path = join(await folder(), 'secret');
  await writeFile(path, 'half');
  const reading = readTextFile(path);
  await writeFile(path, 'half and whole');
  expect(await reading).toBe('half and whole');
});

it('fails with the path and the reason', async () => {
  const path = join(await folder(), 'away');
  await expect(readTextFile(path)).rejects.toMatchObject({
    code: 'ERR_FILE_READ',
    message: `File "${path}" cannot be read: it does not exist (ENOENT). Correct the path, or put the file there.`,
  });
});

it('ends with the reason of an abort', async () => {
  const path = join(await folder(), 'away');
  const abort = new AbortController();
  const reading = readTextFile(path, abort.signal);
  abort.abort();
  await expect(reading).rejects.toThrow(/abort/);
});
