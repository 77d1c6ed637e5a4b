import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(
  new URL('../examples/rotating-certificates/dist/index.js', import.meta.url),
);

it('the rotating certificates example loses nothing, and tells what happens', async () => {
  const ended = await new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [program], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? (error === null ? 0 : 'killed'), stdout, stderr });
    });
  });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const lines = ended.stdout.trimEnd().split('\n');
  expect(lines.every((line) => /^\d+\.\d s {2}\S/.test(line))).toBe(true);
  expect(ended.stdout).toContain('POST 1: the server sees client-1 from now on');
  expect(ended.stdout).toContain('rotation: certificate 2 in place of 1');
  expect(ended.stdout).toContain('the server sees client-2 from now on');
  const [, events, sent, arrived, posts] =
    /(\d+) of (\d+) events and (\d+) of (\d+) POSTs arrived/.exec(lines.at(-1) ?? '') ?? [];
  expect([events, arrived]).toEqual([sent, posts]);
  expect(Number(events)).toBeGreaterThan(20);
});
