import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const stress = fileURLToPath(new URL('run-signals.mjs', import.meta.url));

const run = (...args: string[]): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, [stress, '--jobs', '4', ...args], { encoding: 'utf8' });

// A sample; `npm run test:signals` does it a thousand times.
describe.skipIf(spawnSync('script', ['--version']).error !== undefined)('a signal', () => {
  it('ends a program that does not handle it, and the plugin, whichever is told first', () => {
    const { stdout, status } = run('--runs', '4');
    expect(stdout).toMatch(/Ctrl-C at a prompt \| 4 \| 0 \| 0 \|/);
    expect(stdout).toMatch(/SIGTERM to program and plugin \| 4 \| 0 \| 0 \|/);
    expect(status).toBe(0);
  });

  it('that falls on nobody would be noticed', () => {
    const { stdout, status } = run('--runs', '1', '--plant');
    expect(stdout).toMatch(/Ctrl-C at a prompt \| 1 \| 1 \|/);
    expect(stdout).toMatch(/SIGTERM to program and plugin \| 1 \| 1 \|/);
    expect(status).toBe(1);
  });
});
