/** For the peers that bring no runner of their own: what a user of theirs would write. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * @param {string} command
 * @returns {Promise<{ token: string, expiresOnTimestamp: number }>} the expiry in Unix milliseconds
 */
export async function runPlugin(command) {
  const { stdout } = await run(command);
  return JSON.parse(stdout);
}
