import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { root } from './source-files.js';

it('docs/reference/errors.md has a heading for every error code', () => {
  const args = ['scripts/write-error-reference.mjs', '--check'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
