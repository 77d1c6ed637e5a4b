// node test/wrappers/index.mjs [LIBRARY …]: runs each block of docs/how-to/use-with-other-libraries.md that this Node can run, with
// the library that its first line names, each in a process of its own. Prints a line for each; 1 when one of them fails.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { plays } from './plays.mjs';

const root = resolve(import.meta.dirname, '../..');
const page = 'docs/how-to/use-with-other-libraries.md';
const build = join(root, '.build/wrappers');
const named = process.argv.slice(2);

/** Libraries of which two versions are installed, under other names. */
const versions = { ky: ['ky1', 'ky2'], openai: ['openai6', 'openai7'] };

const blocks = [
  ...readFileSync(join(root, page), 'utf8').matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```$/gm),
].map(([, library, code]) => ({ library, code }));

function manifestOf(folder) {
  return JSON.parse(
    readFileSync(join(import.meta.dirname, 'node_modules', folder, 'package.json'), 'utf8'),
  );
}

/** Packages say the oldest Node that they want, some of them the oldest of several majors. */
function runsHere({ engines: { node = '>=0' } = {} }) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return node.split('||').some((range) => {
    const [, sign, wanted, least = 0] = /(\^|>=)\s*(\d+)(?:\.(\d+))?/.exec(range) ?? [];
    const isMajor = major === Number(wanted);
    return (isMajor && minor >= Number(least)) || (sign === '>=' && major > Number(wanted));
  });
}

/** A program of its own, with that version of the library. */
function write({ library, code }, folder) {
  const program = join(build, folder.replaceAll('/', '+'));
  mkdirSync(join(program, 'node_modules'), { recursive: true });
  if (folder !== library) {
    const link = join(program, 'node_modules', library);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(import.meta.dirname, 'node_modules', folder), link, 'junction');
  }
  const file = join(program, 'program.mjs');
  writeFileSync(file, code);
  return file;
}

function run(block, folder) {
  const { version } = manifestOf(folder);
  const args = [join(import.meta.dirname, 'play.mjs'), block.library, write(block, folder)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 120_000,
  });
  const holds = status === 0 && stdout.includes('played');
  console.log(
    `${holds ? 'ok   ' : 'FAILS'} ${block.library} ${version}${holds ? '' : `\n${stdout}${stderr}`}`,
  );
  return holds;
}

rmSync(build, { recursive: true, force: true });
mkdirSync(build, { recursive: true });
// What a block imports is found there, as in a program's own folder.
symlinkSync(join(import.meta.dirname, 'node_modules'), join(build, 'node_modules'), 'junction');
const without = Object.keys(plays).filter(
  (name) => !blocks.some(({ library }) => library === name),
);
if (without.length > 0 || blocks.length === 0) throw new Error(`${page} has no ${without}.`);
const chosen = blocks
  .filter(({ library }) => named.length === 0 || named.includes(library))
  .flatMap((block) =>
    (versions[block.library] ?? [block.library]).map((folder) => [block, folder]),
  );
const results = chosen.flatMap(([block, folder]) => {
  if (runsHere(manifestOf(folder))) return [run(block, folder)];
  const { version, engines } = manifestOf(folder);
  console.log(`      ${block.library} ${version} wants Node ${engines.node}`);
  return [];
});
const failed = results.filter((holds) => !holds).length;
console.log(`Node ${process.version}: ${results.length} libraries, ${failed} failed`);
process.exit(failed === 0 && results.length > 0 ? 0 : 1);
