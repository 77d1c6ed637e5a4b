// node test/mocks/index.mjs [MOCK …]: every binding against every mock that says it runs on this Node, each mock in processes of
// its own, as it changes modules of Node. Prints a table; 1 when a claim does not hold.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clients } from './clients.mjs';
import { mocks } from './mocks.mjs';

const here = import.meta.dirname;
const named = process.argv.slice(2);
const [major, minor] = process.versions.node.split('.').map(Number);

function manifestOf(mock) {
  return JSON.parse(readFileSync(join(here, 'node_modules', mock, 'package.json'), 'utf8'));
}

/** The ranges that mocks give are alternatives, each with a lowest version last. */
function runsHere({ engines: { node } }) {
  return node.split('||').some((range) => {
    const [, wantedMajor, wantedMinor = 0] = />=\s*(\d+)(?:\.(\d+))?/.exec(range).map(Number);
    return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  });
}

function play(mock) {
  const runs = [
    ['before', 'https'],
    ['after', 'https'],
    ['after', 'http'],
  ];
  return runs.flatMap(([moment, scheme]) => {
    const args = [join(here, 'play.mjs'), mock, moment, scheme];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      timeout: 120_000,
    });
    const lines = stdout.split('\n').filter((line) => line.startsWith('{"mock"'));
    if (status === 0 && lines.length > 0) return lines.map((line) => JSON.parse(line));
    return [{ mock, moment, scheme, what: 'ends', holds: false, seen: stderr || stdout }];
  });
}

const chosen = Object.keys(mocks).filter((mock) => named.length === 0 || named.includes(mock));
const played = chosen.filter((mock) => runsHere(manifestOf(mock)));
for (const mock of chosen.filter((each) => !played.includes(each))) {
  console.log(
    `${mock} wants Node ${manifestOf(mock).engines.node}, and is left out on ${process.version}`,
  );
}
const claims = played.flatMap(play);

const width = Math.max(...Object.keys(clients).map((name) => name.length)) + 2;
const row = (name, cells) =>
  console.log(name.padEnd(width) + cells.map((cell) => cell.padStart(18)).join(''));
console.log(
  `Node ${process.version}: claims that hold, bound before and after over https, and over http`,
);
row(
  '',
  played.map((mock) => `${mock.replace(/\d+$/, '')} ${manifestOf(mock).version}`),
);
for (const [name, { unseenBy }] of Object.entries(clients)) {
  const cells = played.map((mock) => {
    const of = claims.filter((claim) => claim.mock === mock && claim.client === name);
    const held = of.filter(({ holds }) => holds).length;
    return `${held}/${of.length}${unseenBy.includes(mock) ? ' passed' : ''}`;
  });
  row(name, cells);
}
const failures = claims.filter(({ holds }) => !holds);
for (const failure of failures) console.log('FAILS', JSON.stringify(failure));
console.log(`Node ${process.version}: mocks: ${claims.length} claims, ${failures.length} failed`);
process.exit(failures.length === 0 && claims.length > 0 ? 0 : 1);
