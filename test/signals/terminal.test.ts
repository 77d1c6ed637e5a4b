import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execCredential } from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('terminal-program.mjs', import.meta.url));
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-terminal-'));
  const answer = execCredential({ token: 'TOKEN' }).replace('TOKEN', '%s');
  const lines = ['printf "code: " > /dev/tty || exit 3', 'read -r code < /dev/tty'];
  write('plugin', ['#!/bin/sh', ...lines, `printf '${answer}' "$code"`].join('\n'));
  for (const mode of ['IfAvailable', 'Never']) {
    const exec = { command: './plugin', apiVersion: 'client.authentication.k8s.io/v1' };
    const user = { exec: { ...exec, interactiveMode: mode } };
    const config = {
      'current-context': 'work',
      contexts: [{ name: 'work', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443' } }],
      users: [{ name: 'u', user }],
    };
    write(mode, JSON.stringify(config));
  }
});

afterAll(() => rmSync(directory, { recursive: true }));

function write(name: string, text: string): void {
  writeFileSync(join(directory, name), text);
  chmodSync(join(directory, name), 0o755);
}

/** Runs a shell command in a terminal of its own and types a code when it is asked for one. */
async function inTerminal(command: string): Promise<string> {
  const child = spawn('script', ['-q', '-e', '-c', command, '/dev/null']);
  let shown = '';
  let hasTyped = false;
  child.stdout.on('data', (chunk: Buffer) => {
    shown += String(chunk);
    if (hasTyped || !shown.includes('code: ')) return;
    hasTyped = true;
    child.stdin.write('123456\n');
  });
  await once(child, 'close');
  return shown;
}

const isLinux =
  process.platform === 'linux' && spawnSync('script', ['--version']).error === undefined;

describe.skipIf(!isLinux).concurrent.each([
  ['a pipe', 'echo manifest | '],
  ['the terminal', ''],
])('where standard input is %s', (_, before) => {
  const asking = (mode: string): Promise<string> =>
    inTerminal(`${before}'${process.execPath}' '${program}' '${join(directory, mode)}'`);

  it('a plugin that may ask can ask on /dev/tty', async () => {
    expect(await asking('IfAvailable')).toContain('token 123456');
  });

  it('a plugin that must not ask fails with a message that says why it cannot', async () => {
    expect(await asking('Never')).toMatch(
      /had no terminal, because its "interactiveMode" is "Never"/,
    );
  });
});
