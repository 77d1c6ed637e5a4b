import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testSource } from '@keyturn/testkit';
import { it } from 'vitest';
import { loadKubeconfig } from '../index.js';

const token = 'the-token-of-a-service-account';

testSource({
  test: it,
  name: 'the source of a token file',
  make: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-token-'));
    const tokenFile = join(folder, 'token');
    const write = (): Promise<void> => writeFile(tokenFile, `${token}\n`, { mode: 0o600 });
    await write();
    const text = JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://localhost:6443' } }],
      users: [{ name: 'u', user: { tokenFile } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });
    const { source } = await loadKubeconfig({ text });
    return {
      source,
      secrets: [token],
      fail: () => rm(tokenFile),
      mend: write,
      dispose: () => rm(folder, { recursive: true }),
    };
  },
});
