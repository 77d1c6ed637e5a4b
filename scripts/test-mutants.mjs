// node scripts/test-mutants.mjs [package ...] [--only PART ...] [--since REF] [--fresh] [--survivors] [--report]
// Changes the sources a little, one mutant at a time, and looks whether the tests of their package notice. Ends with 1 where
// a package notices less than 90 % of what test/mutants/judged.json does not judge.
// --only: the files whose path has this part. --since: the files that have changed since that commit, or whose test has.
// Results are kept in .build/mutants and used again for what has not changed; --fresh forgets them first.
// --report runs nothing, and prints what is kept. --survivors prints each mutant that nobody noticed, as judged.json has it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installApart } from '../bench/dist/install-apart.js';
import { readJudged } from './mutants/judged.mjs';
import { changedSince, portionsOf, sourcesOf } from './mutants/mutated-files.mjs';
import { dropStatic, dropUnfinished, leastScore, percentOf, scoreOf } from './mutants/score.mjs';
import { resultFile, strykerOptions } from './mutants/stryker-options.mjs';
import { readArguments } from './read-arguments.mjs';

const root = resolve(import.meta.dirname, '..');
const tools = resolve(root, 'tools/mutants');
const packages = ['grpc', 'axios', 'got', 'kubernetes', 'undici', 'https', 'core'];

const { values, positionals } = readArguments(import.meta.url, {
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true },
    since: { type: 'string' },
    fresh: { type: 'boolean' },
    survivors: { type: 'boolean' },
    report: { type: 'boolean' },
  },
});
const unknown = positionals.filter((name) => !packages.includes(name));
if (unknown.length > 0) {
  console.error(
    `There is no package ${unknown.join(', ')} here; there are ${packages.join(', ')}.`,
  );
  process.exit(1);
}

const chosen = (positionals.length > 0 ? positionals : packages)
  .map((name) => ({ name, files: filesOf(name) }))
  .filter(({ files }) => files.length > 0);
process.chdir(root);
mkdirSync('.build/mutants', { recursive: true });
if (!values.report) {
  await installApart(pathToFileURL(`${tools}/`), () => console.log('Installing StrykerJS ...'));
  for (const { name, files } of chosen) mutate(name, files);
}
process.exit(chosen.map(print).every(Boolean) ? 0 : 1);

function filesOf(name) {
  const files = sourcesOf(name);
  const named = files.filter((file) => values.only?.some((part) => file.includes(part)) ?? true);
  return values.since === undefined ? named : changedSince(values.since, named);
}

/** One portion after the other: what is done is kept, should this be interrupted. */
function mutate(name, files) {
  if (values.fresh) rmSync(resultFile(name), { force: true });
  else change(name, dropStatic, (file, source) => isAsItWas(file, source));
  for (const portion of portionsOf(files)) {
    console.log(`\n${name}: ${portion.map((file) => file.split('/src/')[1]).join(' ')}`);
    for (let tries = 0; tries < 3; tries += 1) {
      writeUnfinished(name, [...readUnfinished(name), ...portion]);
      run(name, portion);
      writeUnfinished(
        name,
        readUnfinished(name).filter((file) => !portion.includes(file)),
      );
      if (change(name, dropUnfinished).length === 0) break;
    }
  }
}

function run(name, files) {
  const options = `.build/mutants/${name}.options.json`;
  writeFileSync(options, JSON.stringify(strykerOptions(name, files), undefined, 2));
  const stryker = `${tools}/node_modules/@stryker-mutator/core/bin/stryker.js`;
  const env = { ...process.env, KEYTURN_MUTANTS: name };
  const { status } = spawnSync(process.execPath, [stryker, 'run', options], {
    env,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** Takes out of the kept results what `drop` does, and notes in which files something is missing then. */
function change(name, drop, ...more) {
  if (!existsSync(resultFile(name))) return [];
  const report = JSON.parse(readFileSync(resultFile(name), 'utf8'));
  const files = drop(report, ...more);
  if (files.length === 0) return files;
  writeUnfinished(name, [...readUnfinished(name), ...files]);
  writeFileSync(resultFile(name), JSON.stringify(report));
  return files;
}

function isAsItWas(file, source) {
  return existsSync(file) && readFileSync(file, 'utf8') === source;
}

/** The files of a package whose kept results are not complete, as while they are run. */
function readUnfinished(name) {
  const list = unfinishedFile(name);
  return existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
}

function writeUnfinished(name, files) {
  writeFileSync(unfinishedFile(name), JSON.stringify([...new Set(files)]));
}

function unfinishedFile(name) {
  return `.build/mutants/${name}.unfinished.json`;
}

/** Prints a line for a package; returns whether its tests notice enough. */
function print({ name, files }) {
  const kept = resultFile(name);
  const report = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : undefined;
  const judged = readJudged();
  const score = scoreOf(report, files, judged, readUnfinished(name));
  const { killed, survived, judgedCount, notRun } = score;
  if (values.survivors) for (const mutant of survived) console.log(JSON.stringify(mutant));
  printIdle(score, files, judged);
  if (notRun.length === files.length) {
    console.log(`${name.padEnd(10)} not run`);
    return false;
  }
  const percent = percentOf(score);
  console.log(
    `${name.padEnd(10)} ${killed} killed, ${survived.length} survived, ${judgedCount} judged equivalent: ` +
      `${percent.toFixed(1)} % of ${files.length - notRun.length} files` +
      (notRun.length > 0 ? `, ${notRun.length} files not run` : ''),
  );
  return percent >= leastScore && notRun.length === 0;
}

/** A judgement that judges nothing any more is to go: its mutant is noticed by now, or its code has changed. */
function printIdle(score, files, judged) {
  const done = files.filter((file) => !score.notRun.includes(file));
  const idle = judged.filter((entry) => done.includes(entry.file) && !score.judged.has(entry));
  for (const { file, line, to } of idle)
    console.log(`Judged, but noticed: ${file}: ${line} -> ${to}`);
}
