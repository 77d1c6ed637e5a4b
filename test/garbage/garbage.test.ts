/** Whatever a plugin prints or a kubeconfig holds: one clear error, soon, and the program lives. `npm run test:garbage` does more of it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { loadKubeconfig } from '@keyturn/kubernetes';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('index.mjs', import.meta.url));

it('ends no process, takes little of the processor, and is refused in words that help', async () => {
  // Fails with what the program printed, when it ends with another code than 0.
  const { stdout } = await promisify(execFile)(process.execPath, [
    program,
    '--count=120',
    '--seed=7',
  ]);
  expect(stdout).toContain('360 pieces of garbage');
  expect(stdout).toContain('crashes: 0');
});

it('is refused as clearly the thousandth time', async () => {
  const garbage = '['.repeat(1_000);
  const source = execSource(
    { command: 'unused', apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' },
    { run: async () => ({ stdout: Buffer.from(garbage), stderr: '' }) },
  );
  const context = { reason: 'initial', signal: new AbortController().signal } as const;
  for (let time = 0; time < 1_000; time += 1) {
    await expect(source.load(context)).rejects.toMatchObject({ code: 'ERR_EXEC_OUTPUT' });
    await expect(loadKubeconfig({ text: garbage })).rejects.toMatchObject({
      code: 'ERR_KUBECONFIG_PARSE',
    });
  }
});

it('comes from a real process, too', async () => {
  for (const letter of ['[', '{', '\0', ' ']) {
    const source = execSource({
      command: process.execPath,
      args: ['-e', `process.stdout.write(${JSON.stringify(letter)}.repeat(1_000_000))`],
      apiVersion: 'client.authentication.k8s.io/v1',
      interactiveMode: 'Never',
    });
    for (const _time of [1, 2]) {
      await expect(createCredentialManager({ source }).current()).rejects.toMatchObject({
        code: 'ERR_EXEC_OUTPUT',
      });
    }
  }
});
