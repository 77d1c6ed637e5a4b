import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTestProxy } from '@keyturn/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { startServer } from '../scenes/stage.js';

const program = fileURLToPath(
  new URL('../../.build/test/test/proxies/trusting-program.js', import.meta.url),
);

// Node reads the variable when it starts.
it.each([
  [
    'is believed where NODE_EXTRA_CA_CERTS vouches for it, beside the "tls.ca" of the server',
    true,
    '200',
  ],
  ['is not where nobody does', false, 'ERR_PROXY'],
])('an https proxy with an authority of its own %s', async (_, isVouchedFor, outcome) => {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-proxy-'));
  const proxy = await startTestProxy({ protocol: 'https' });
  const server = await startServer();
  onTestFinished(async () => {
    await proxy.close();
    await rm(folder, { recursive: true });
  });
  const file = join(folder, 'ca.pem');
  await writeFile(file, proxy.ca);
  const extra = isVouchedFor ? { NODE_EXTRA_CA_CERTS: file } : {};
  const env = { PATH: process.env['PATH'], SERVER_CA: server.ca, ...extra };
  const args = [program, server.url, proxy.url];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  expect(stdout).toBe(outcome);
});
