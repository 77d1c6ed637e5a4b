// node test/one-login/index.mjs [--processes 50] [--requests 20] [--only keyturn-file] [--calm]: many processes with one login, whose
// provider takes each refresh token once. They ask at a cold start, when the token has expired and when it is refused; then once more while
// a fifth of them are killed and one is stopped for twice its lease; then the one that refreshes is killed, or stopped. Beside them what programs do
// without a store. Prints a table; 1 when a store of ours has lost a request, a refresh or the login. --calm leaves out the killing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readArguments } from '../../scripts/read-arguments.mjs';
import { startRedis } from './redis.mjs';
import { runRow } from './run-row.mjs';

const { values } = readArguments(import.meta.url, {
  options: {
    processes: { type: 'string', default: '50' },
    requests: { type: 'string', default: '20' },
    only: { type: 'string' },
    calm: { type: 'boolean', default: false },
  },
});
const count = Number(values.processes);
const requests = Number(values.requests);
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const hasMcp = existsSync(
  new URL('../wrappers/node_modules/@modelcontextprotocol', import.meta.url),
);

const ours = ['keyturn-file', 'keyturn-redis'];
const others = ['naive', 'msal-style', 'mcp-sdk'];
const missing = {
  'keyturn-redis': !hasRedis && 'there is no redis-server (Debian: apt-get install redis-server)',
  'mcp-sdk': !hasMcp && 'the MCP SDK is not installed (npm run test:shared installs it)',
};
const asked = [...ours, ...others].filter((name) => (values.only ?? name) === name);
for (const name of asked) if (missing[name]) console.log(`${name} is skipped: ${missing[name]}`);
const names = asked.filter((name) => !missing[name]);

const widths = [16, 26, 7, 7, 9, 7, 10, 8, 8, 10, 9];
const row = (...cells) =>
  console.log(
    cells
      .map((cell, at) => String(cell)[at < 2 ? 'padEnd' : 'padStart'](widths[at]))
      .join(' ')
      .trimEnd(),
  );
console.log(`Node ${process.version}, ${count} processes, ${requests} requests each at a time`);
row(
  'who',
  'what happens',
  'cold',
  'expiry',
  'refusal',
  'failed',
  'refreshes',
  'repeats',
  'reuses',
  'takeovers',
  'login',
);

const redis = names.includes('keyturn-redis') ? await startRedis() : undefined;
const scenes = (name) => {
  if (!ours.includes(name) || values.calm) return ['nothing'];
  return ['nothing', 'some killed, one stopped', 'refresher killed', 'refresher stopped'];
};
let faults = 0;
for (const name of names) {
  for (const scene of scenes(name)) {
    const result = await runRow({ name, scene, count, requests, redis: redis?.url });
    const { served, failed, login, takeovers } = result;
    row(
      name,
      scene,
      ...served,
      failed,
      login.refreshes,
      login.repeats,
      login.reuses,
      takeovers,
      login.isRevoked ? 'REVOKED' : 'good',
    );
    const isRight = !ours.includes(name) || isFaultless(scene, result, count * requests);
    if (!isRight) {
      faults += 1;
      console.log(`  That is wrong: ${result.errors.join(', ') || 'see the numbers'}`);
    }
  }
}
redis?.close();
console.log(faults === 0 ? 'Nothing was lost.' : `${faults} rows are wrong.`);
process.exitCode = faults === 0 ? 0 : 1;

/** One refresh for each of the three moments, and every request served but those of processes that were killed. */
function isFaultless(scene, { served, failed, undone, login }, all) {
  const isWhole = served.every((each, phase) => each + undone[phase] === all);
  if (!isWhole || failed > 0 || login.reuses > 0 || login.isRevoked) return false;
  return scene !== 'nothing' || (login.refreshes === 3 && undone.every((each) => each === 0));
}
