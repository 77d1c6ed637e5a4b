// npm run bench: the small budgets, measured against their own floor in one run, in turns, as medians of ratios.
import { spawn, spawnSync } from 'node:child_process';
import { createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import Table from 'cli-table3';

const answer = JSON.stringify({
  kind: 'ExecCredential',
  apiVersion: 'client.authentication.k8s.io/v1',
  status: { token: 'bench' },
});

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function timeMs(run) {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

/** Runs both in turns, each first as often as the other, and returns the median of the ratios of neighbours. */
async function ratio(rounds, ours, floor) {
  const ratios = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2 === 0 ? await timeMs(ours) : await timeMs(floor);
    const second = round % 2 === 0 ? await timeMs(floor) : await timeMs(ours);
    ratios.push(round % 2 === 0 ? first / second : second / first);
  }
  return median(ratios);
}

async function nanosecondsEach(count, run) {
  const times = [];
  for (let round = 0; round < 5; round += 1) times.push(await timeMs(() => run(count)));
  return (median(times) / count) * 1e6;
}

async function lookups() {
  const load = async () => ({ token: 'bench', expiresAt: Date.now() + 3_600_000 });
  const manager = createCredentialManager({ source: { name: 'bench', load } });
  await manager.current();
  const peek = await nanosecondsEach(2_000_000, (count) => {
    for (let i = 0; i < count; i += 1) manager.peek();
  });
  const current = await nanosecondsEach(1_000_000, async (count) => {
    for (let i = 0; i < count; i += 1) await manager.current();
  });
  await manager.close();
  return [
    ['peek() on a fresh credential', `${peek.toFixed(0)} ns`, '≤ 60 ns', peek <= 60],
    [
      'await current() on a fresh credential',
      `${current.toFixed(0)} ns`,
      '≤ 150 ns',
      current <= 150,
    ],
  ];
}

async function pluginRun() {
  const config = {
    command: '/bin/echo',
    args: [answer],
    apiVersion: 'client.authentication.k8s.io/v1',
  };
  const source = execSource({ ...config, interactiveMode: 'Never' });
  const context = { reason: 'requested', signal: new AbortController().signal };
  const bare = () =>
    new Promise((resolve) => {
      const child = spawn('/bin/echo', [answer], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.resume();
      child.once('close', resolve);
    });
  await source.load(context);
  const found = await ratio(200, () => source.load(context), bare);
  return ['plugin run ÷ bare spawn', found.toFixed(2), '≤ 1.5', found <= 1.5];
}

async function imports() {
  const start = (code) => () => spawnSync(process.execPath, ['--input-type=module', '-e', code]);
  const container = start("import 'reflect-metadata'; import 'inversify';");
  const core = await ratio(15, start("import '@keyturn/core';"), container);
  const empty = start('');
  const differences = [];
  for (let round = 0; round < 15; round += 1) {
    const floor = await timeMs(empty);
    differences.push((await timeMs(start("import '@keyturn/core/binding';"))) - floor);
  }
  const binding = median(differences);
  return [
    ['import @keyturn/core ÷ import inversify', core.toFixed(2), '≤ 1.15', core <= 1.15],
    [
      'import @keyturn/core/binding, over nothing',
      `${binding.toFixed(1)} ms`,
      '≤ 15 ms',
      binding <= 15,
    ],
  ];
}

const table = new Table({ head: ['what', 'measured', 'budget', ''], style: { head: [] } });
const rows = [...(await lookups()), await pluginRun(), ...(await imports())];
for (const [what, measured, budget, holds] of rows)
  table.push([what, measured, budget, holds ? '✓' : 'over']);
console.log(`Node ${process.versions.node}\n${table}`);
