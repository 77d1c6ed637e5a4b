// node scripts/test-secrets.mjs [major ...] [--plant BINDING] [--installed]: prints what comes of requests in every way, and looks for
// secrets in it. With every version of each client that test/compat installs, and with the loggers of test/secrets.
// --installed: with the version of each client that is installed here alone, in half the time.
// --plant: spoils what that binding (axios, got, https, http2, ws, undici, fetch, grpc) shows, so that the run fails.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { nodeBinary } from './node-binary.mjs';
import { readArguments } from './read-arguments.mjs';
import { runVitest } from './run-vitest.mjs';

const root = resolve(import.meta.dirname, '..');
const shell = process.platform === 'win32';
const { values, positionals: majors } = readArguments(import.meta.url, {
  allowPositionals: true,
  options: { plant: { type: 'string' }, installed: { type: 'boolean', default: false } },
});
if (values.plant !== undefined) process.env.KEYTURN_SECRETS_PLANT = values.plant;
if (majors.length === 0) majors.push(process.versions.node.split('.')[0]);

for (const place of ['test/compat', 'test/secrets']) {
  const args = ['ci', '--prefix', place, '--loglevel=error', '--ignore-scripts'];
  const { status } = spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell });
  if (status !== 0) process.exit(status ?? 1);
}

const tally = resolve(root, '.build/secrets.jsonl');
const packages = ['axios', 'undici', 'got', 'https', 'grpc'];
const projects = values.installed ? packages.map((name) => `--project=${name}`) : [];
let passed = true;
for (const major of majors) {
  rmSync(tally, { force: true });
  process.env.KEYTURN_SECRETS = 'full';
  process.env.KEYTURN_SECRETS_TALLY = tally;
  const config = ['--config', 'vitest.secrets.config.ts', ...projects];
  passed = runVitest(nodeBinary(major), `secrets-node-${major}`, config) && passed;
  printSum(major);
}
process.exit(passed ? 0 : 1);

/** Adds up what each run has left. */
function printSum(major) {
  const runs = readFileSync(tally, 'utf8').trim().split('\n').map(JSON.parse);
  const sum = (name) => runs.reduce((total, run) => total + run[name], 0);
  const bindings = new Map();
  for (const [name, looks] of runs.flatMap(({ byBinding }) => byBinding)) {
    bindings.set(name, (bindings.get(name) ?? 0) + looks);
  }
  console.log(`\nNode ${major}: looks by binding`);
  for (const [name, looks] of bindings) console.log(`  ${name.padEnd(8)} ${looks}`);
  const printers = Math.max(...runs.map((run) => run.printers));
  console.log(
    `Node ${major}: secrets: ${sum('clients')} clients, ${sum('objects')} objects × ${printers} printers × ${bindings.size} bindings, ` +
      `${sum('looks')} looks, ${sum('hits')} hits`,
  );
}
