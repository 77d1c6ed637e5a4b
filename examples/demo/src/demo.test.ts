import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('../dist/index.js', import.meta.url));

async function run(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, stdout, stderr };
}

/** Cells of the summary's row for `client`; runs and rotations stand in the row of the total only. */
function row(stdout: string, client: string): string[] {
  const line = stdout.split('\n').find((candidate) => candidate.startsWith(` ${client} `));
  return line?.trim().split(/\s{2,}/) ?? [];
}

it('keeps three clients working while token and certificate rotate', async () => {
  const { code, stdout, stderr } = await run('--seconds', '4', '--lifetime', '2');
  expect(stderr).toBe('');
  expect(stdout).toContain('✓ no request failed');
  for (const client of ['axios', 'got', 'https']) {
    const [name, requests, failed, ...rest] = row(stdout, client);
    expect({ name, failed, cells: rest.length }).toEqual({ name: client, failed: '0', cells: 4 });
    expect(Number(requests?.replace(',', ''))).toBeGreaterThan(0);
  }
  const [, , failed, runs, rotations, , , drained] = row(stdout, 'total');
  expect(failed).toBe('0');
  expect(Number(runs)).toBeGreaterThan(1);
  expect(rotations).toMatch(/^\d+ \([1-9]\d*\)$/);
  expect(Number(drained)).toBeGreaterThan(0);
  const [, bareRequests, bareFailed] = / bare +([\d,]+) +([\d,]+) /.exec(stdout) ?? [];
  expect(bareRequests).not.toBe('0');
  expect(bareFailed).toMatch(/^[1-9]/);
  expect(stdout).toContain(`; of bare axios, ${bareFailed} of ${bareRequests}`);
  expect(code).toBe(0);
});

it('ends with the summary so far when it is interrupted', async () => {
  const child = spawn(process.execPath, [program, '--client', 'https'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  let interrupted = false;
  for await (const chunk of child.stdout) {
    stdout += String(chunk);
    // The first line of the second kind: the load is running. A second signal would end the program at once.
    if (interrupted || !/\d requests/.test(stdout)) continue;
    interrupted = child.kill('SIGINT');
  }
  expect(stdout).toContain('ended early');
  expect(row(stdout, 'total').length).toBe(9);
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(0);
});
