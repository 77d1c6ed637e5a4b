// npm run test:signals -- [--runs 1000] [--jobs CORES] [--node PATH] [--only WORD] [--plant]: how often a program outlives a
// signal that it does not handle. Two races, each many times: Ctrl-C in a terminal while a plugin asks there, and SIGTERM to
// program and plugin at once. Prints a table; exit code 1 when a program or a plugin survived. `--plant` shows that it would
// notice; `--only` chooses the scenes whose names hold the word.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readArguments } from '../../scripts/read-arguments.mjs';

const { values: options } = readArguments(import.meta.url, {
  options: {
    runs: { type: 'string', default: '1000' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    node: { type: 'string', default: process.execPath },
    only: { type: 'string', default: '' },
    plant: { type: 'boolean', default: false },
  },
});
const program = fileURLToPath(new URL('program.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'keyturn-signals-'));

/** A plugin that says its number and then waits for a person; how it ends by a signal is another half of the race. */
function plugin(name, trap) {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${trap}\necho "plugin $$:" >&2\nread -r code\nsleep 60 & wait\n`);
  chmodSync(path, 0o755);
  return path;
}
const prompts = [plugin('tidy', 'trap "exit 130" INT TERM'), plugin('plain', '')];

/** The command line of the program, in a terminal of its own; written for `script` of util-linux and of BSD. */
function inTerminal(words) {
  return process.platform === 'linux'
    ? ['script', ['-q', '-e', '-c', words.map((word) => `'${word}'`).join(' '), '/dev/null']]
    : ['script', ['-q', '/dev/null', ...words]];
}

const planted = options.plant ? ['plant'] : [];
const scenes = {
  'Ctrl-C at a prompt': {
    command: (prompt) => inTerminal([options.node, program, prompt, 'IfAvailable', ...planted]),
    send: (child) => child.stdin.write('\u0003'),
    // A shell's way to say SIGINT.
    isEnded: (code, signal) => code === 130 || signal === 'SIGINT',
  },
  'SIGTERM to program and plugin': {
    command: (prompt) => [options.node, [program, prompt, 'Never', ...planted]],
    send: (child, pid, isOdd) => {
      const both = isOdd ? [pid, child.pid] : [child.pid, pid];
      for (const each of both) kill(each, 'SIGTERM');
    },
    isEnded: (_, signal) => signal === 'SIGTERM',
  },
};

/** Runs one scene once; resolves with what is still there afterwards. */
async function runOnce({ command, send, isEnded }, index) {
  const [file, args] = command(prompts[index % prompts.length]);
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const ear = new Ear([child.stdout, child.stderr]);
  child.stdin.on('error', () => {});
  await Promise.race([ear.hears(/plugin \d+:/), ended]);
  const pid = Number(/plugin (\d+):/.exec(ear.heard)?.[1]);
  // In a terminal the person needs a moment; the race is behind the key, at all distances.
  await wait((index % 8) * 4);
  send(child, pid, index % 2 === 1);
  const outcome = await Promise.race([ended, ear.hears(/WENT ON/), wait(20_000)]);
  kill(child.pid, 'SIGKILL');
  const survived = outcome === undefined || !isEnded(...outcome);
  if (survived)
    console.log(`run ${index + 1}, ${outcome ?? 'still there'}: ${JSON.stringify(ear.heard)}`);
  return { survived, pluginLeft: !(await isGone(pid)) };
}

/** Hears what a program prints. */
class Ear {
  heard = '';

  constructor(streams) {
    this.streams = streams;
    for (const stream of streams) stream.on('data', (chunk) => (this.heard += chunk));
  }

  hears(pattern) {
    return new Promise((resolve) => {
      const check = () => pattern.test(this.heard) && resolve();
      for (const stream of this.streams) stream.on('data', check);
    });
  }
}

async function isGone(pid) {
  for (let tries = 0; tries < 500; tries += 1) {
    if (!kill(pid, 0) || isZombie(pid)) return true;
    await wait(10);
  }
  return !kill(pid, 'SIGKILL');
}

/** Has ended, and nobody collects it, as in a container without init. */
function isZombie(pid) {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function kill(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function runScene(scene, runs) {
  const total = { survived: 0, pluginsLeft: 0 };
  let next = 0;
  const worker = async () => {
    while (next < runs) {
      const { survived, pluginLeft } = await runOnce(scene, next++);
      total.survived += Number(survived);
      total.pluginsLeft += Number(pluginLeft);
    }
  };
  await Promise.all(Array.from({ length: Number(options.jobs) }, worker));
  return total;
}

let isWell = true;
console.log(
  '| scene | runs | programs that went on | plugins left | seconds |\n|---|---|---|---|---|',
);
for (const [name, scene] of Object.entries(scenes)) {
  if (!name.includes(options.only)) continue;
  const started = Date.now();
  const { survived, pluginsLeft } = await runScene(scene, Number(options.runs));
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`| ${name} | ${options.runs} | ${survived} | ${pluginsLeft} | ${seconds} |`);
  isWell = isWell && survived === 0 && pluginsLeft === 0;
}
rmSync(folder, { recursive: true });
console.log(isWell ? 'signals: 0 survivors' : 'signals: SURVIVORS');
process.exit(isWell ? 0 : 1);
