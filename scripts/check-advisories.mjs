// Asks the registry, through `npm audit`, whether a security advisory is known for one of the versions that our packages
// have inside. Users cannot see those in their own lock file, so nobody else tells them. Ends with 1 when one is known,
// and says so when the registry could not be asked: then nothing is known, and nothing fails.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** Every bundled version, with the packages of ours that hold it. */
function bundledVersions() {
  const holders = new Map();
  for (const folder of readdirSync(join(root, 'packages'))) {
    const bill = JSON.parse(readFileSync(join(root, 'packages', folder, 'sbom.json'), 'utf8'));
    for (const { name, version } of bill.components) {
      const id = `${name}@${version}`;
      holders.set(id, [...(holders.get(id) ?? []), bill.metadata.component.name]);
    }
  }
  return holders;
}

/** A project that has these versions and no others. Each is an alias, for there may be two versions of one package. */
function projectOf(ids) {
  const dependencies = {};
  const packages = { '': { dependencies } };
  for (const id of ids) {
    const at = id.lastIndexOf('@');
    const alias = id.replace(/^@/, '').replaceAll(/[@/]/g, '-');
    dependencies[alias] = `npm:${id}`;
    packages[`node_modules/${alias}`] = { name: id.slice(0, at), version: id.slice(at + 1) };
  }
  const project = { name: 'bundled', version: '0.0.0', dependencies };
  return { project, lock: { ...project, lockfileVersion: 3, requires: true, packages } };
}

function audit(ids) {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-advisories-'));
  try {
    const { project, lock } = projectOf(ids);
    writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
    const args = ['audit', '--json', '--package-lock-only', '--audit=true', '--fetch-retries=1'];
    const shell = process.platform === 'win32';
    const { stdout, stderr, error } = spawnSync('npm', args, {
      cwd: folder,
      encoding: 'utf8',
      shell,
    });
    if (error !== undefined) return { refusal: error.message };
    return readReport(stdout, stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(stdout, stderr) {
  try {
    const report = JSON.parse(stdout);
    if (report.vulnerabilities !== undefined)
      return { found: Object.values(report.vulnerabilities) };
    const words = report.message ?? report.error?.summary ?? 'npm audit gave no report';
    // Without the address, which is nobody's business in a log.
    return { refusal: words.split(' - ')[0] };
  } catch {
    return { refusal: stderr.trim().split('\n')[0] || 'npm audit printed nothing' };
  }
}

const holders = bundledVersions();
const ids = [...holders.keys()].sort();
const { refusal, found = [] } = audit(ids);
if (refusal !== undefined) {
  console.log(
    `NOT ASKED about ${ids.length} bundled versions: the registry did not answer (${refusal}).`,
  );
} else {
  for (const { name, via } of found) {
    for (const { title, severity, range, url } of via.filter((each) => typeof each === 'object')) {
      const held = ids.filter((id) => id.startsWith(`${via[0].name ?? name}@`));
      const where = [...new Set(held.flatMap((id) => holders.get(id)))].join(', ');
      console.error(`${held.join(', ')} in ${where}: ${severity}: ${title} (${range}) ${url}`);
      process.exitCode = 1;
    }
  }
  console.log(`${ids.length} bundled versions, ${found.length} with a security advisory`);
}
