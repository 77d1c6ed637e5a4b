import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CredentialManager } from '@keyturn/core';
import { execCredential } from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, textOf } from './source-files.js';

const page = 'docs/how-to/log-in-from-a-desktop-program.md';

interface Page {
  connect(
    kubeconfig: string,
    show: (text: string) => void,
  ): Promise<{ readonly server: string; readonly credentials: CredentialManager }>;
  completePath(environment: NodeJS.ProcessEnv): void;
}

let directory: string;
let written: Page;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keyturn-log-in-'));
  const blocks = [...textOf(page).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  const file = join(root, '.build/how-to/log-in.ts');
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, blocks.join('\n'));
  written = (await import(file)) as Page;
});

afterAll(() => rmSync(directory, { recursive: true }));

describe(`the code of ${page}`, () => {
  it('shows a device code while the plugin waits for the person', async () => {
    const [plugin, entered] = [join(directory, 'plugin'), join(directory, 'entered')];
    const answer = execCredential({ token: 'signed-in' });
    const script = `echo 'enter the code ABC-DEF' >&2; until [ -e ${entered} ]; do sleep 0.02; done; echo '${answer}'`;
    writeFileSync(plugin, `#!/bin/sh\n${script}\n`);
    chmodSync(plugin, 0o755);
    let shown = '';
    const { server, credentials } = await written.connect(kubeconfigWith(plugin), (text) => {
      shown += text;
    });
    const wait = credentials.current();
    await expect.poll(() => shown).toContain('ABC-DEF');
    writeFileSync(entered, '');
    expect((await wait).token).toBe('signed-in');
    expect(server).toBe('https://api.example:6443');
    await credentials.close();
  });

  it('adds to PATH what is missing there, once', () => {
    const environment = { PATH: '/usr/bin:/usr/local/bin' };
    written.completePath(environment);
    const [first, second, ...added] = environment.PATH.split(':');
    expect([first, second]).toEqual(['/usr/bin', '/usr/local/bin']);
    expect(added).toHaveLength(4);
    written.completePath(environment);
    expect(environment.PATH.split(':')).toHaveLength(6);
  });
});

function kubeconfigWith(command: string): string {
  const exec = {
    command,
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'IfAvailable',
  };
  return JSON.stringify({
    'current-context': 'work',
    contexts: [{ name: 'work', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443' } }],
    users: [{ name: 'u', user: { exec } }],
  });
}
