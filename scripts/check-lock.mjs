// node scripts/check-lock.mjs FILE ...
// A lock file must serve every platform and name no host: each optional dependency is present, each
// registry package has its integrity hash, and nothing has a "resolved" address but a workspace link.
import { readFileSync } from 'node:fs';

function problemsOf(packages) {
  const problems = [];
  for (const [path, entry] of Object.entries(packages)) {
    if (!path.includes('node_modules/') || entry.link) continue;
    if (entry.resolved) problems.push(`${path}: resolved ${entry.resolved}`);
    if (!entry.integrity && !entry.inBundle) problems.push(`${path}: no integrity`);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      if (!places(path, name).some((place) => packages[place])) {
        problems.push(`${path}: lacks ${name}`);
      }
    }
  }
  return problems;
}

/** Where Node would look for `name` from `path`, innermost first. */
function places(path, name) {
  const found = [];
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    found.push(`${at}/node_modules/${name}`);
  }
  return [...found, `node_modules/${name}`];
}

const files = process.argv.slice(2);
if (files.length === 0) files.push('package-lock.json');
let failed = false;
for (const file of files) {
  const { packages } = JSON.parse(readFileSync(file, 'utf8'));
  const problems = problemsOf(packages);
  for (const problem of problems) console.error(`${file}: ${problem}`);
  console.log(`${file}: ${Object.keys(packages).length} entries, ${problems.length} problems`);
  failed ||= problems.length > 0;
}
process.exit(failed ? 1 : 0);
