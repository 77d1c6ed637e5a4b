/** What Go's client would have had an answer to has one here. `npm run test:http2` asks ten thousand times each. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('index.mjs', import.meta.url));

// The server of Node 20 comes to a standstill now and then, after GOAWAY.
it.skipIf(process.version.startsWith('v20.'))(
  'loses nothing over HTTP/2 while tokens are refused, sessions end and streams are few',
  async () => {
    const args = [program, '--count', '160', '--seed', '5', '--manner', 'all of it'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toMatch(/\n0 failed\n$/);
  },
);
