import type { ExecConfig } from '@keyturn/core/exec';
import { atMost, describeSpread } from '../budget.js';
import { Child } from '../child.js';
import { measureInPairs, type Pair, ratioOf, type Spread, spreadOf } from '../paired.js';
import type { BenchContext, Section, SectionResult } from '../section.js';
import { quickPlugin, slowMs, slowPlugin } from './commands.js';
import type { PluginCost, PluginRuns, Side } from './plugin-program.js';

const mostRatio = 1.5;

interface Measurement {
  readonly name: string;
  readonly config: ExecConfig;
  readonly pairs: number;
  /** Runs in a row on either side of a pair. */
  readonly runs: number;
  /** Runs of either side before the first pair. */
  readonly warmUps: number;
}

interface Figures {
  readonly ratio: Spread;
  readonly cpuRatio: Spread;
  readonly oursMs: Spread;
  readonly theirsMs: Spread;
}

/** What a load takes over and above the plugin itself. */
export const pluginSection: Section = {
  name: 'plugin',
  summary: 'a plugin run by execSource beside a bare spawn of the same command',
  run: measurePlugins,
};

async function measurePlugins(context: BenchContext): Promise<SectionResult> {
  const part = context.quick ? 0.1 : 1;
  // Twenty runs of either side would be two seconds, which a look does not have.
  const slowWarmUps = context.quick ? 3 : 20;
  const measurements: readonly Measurement[] = [
    {
      name: 'that answers at once',
      config: quickPlugin(),
      pairs: 200 * part,
      runs: 5,
      warmUps: 20,
    },
    {
      name: `that takes ${slowMs} ms`,
      config: slowPlugin(),
      pairs: 60 * part,
      runs: 1,
      warmUps: slowWarmUps,
    },
  ];
  const found = new Map<string, Figures>();
  for (const measurement of measurements) {
    context.say(`a plugin ${measurement.name}`);
    found.set(measurement.name, summarise(await measure(measurement)));
  }
  return report(found);
}

async function measure({ config, pairs, runs, warmUps }: Measurement): Promise<Pair<PluginCost>[]> {
  await using program = new Child(new URL('./plugin-program.js', import.meta.url));
  const run = (side: Side, count: number) => () =>
    program.ask<PluginCost>('run', { side, config, count } satisfies PluginRuns);
  // The first run starts the guard, and code gets faster with the first dozens.
  await measureInPairs(1, run('ours', warmUps), run('theirs', warmUps));
  return await measureInPairs(pairs, run('ours', runs), run('theirs', runs));
}

function summarise(pairs: readonly Pair<PluginCost>[]): Figures {
  return {
    ratio: ratioOf(pairs, ({ elapsedMs }) => elapsedMs),
    cpuRatio: ratioOf(pairs, ({ cpuMs }) => cpuMs),
    oursMs: spreadOf(pairs.map(({ ours }) => ours.elapsedMs)),
    theirsMs: spreadOf(pairs.map(({ theirs }) => theirs.elapsedMs)),
  };
}

function report(found: ReadonlyMap<string, Figures>): SectionResult {
  return {
    budgets: [...found].map(([name, { ratio }]) =>
      atMost(mostRatio, ratio, { what: `plugin ${name}: run ÷ bare spawn` }),
    ),
    tables: [
      {
        title: 'A plugin run, beside a bare spawn of the same command',
        columns: ['plugin', 'Keyturn, ms', 'bare spawn, ms', 'ratio', 'CPU ratio'],
        rows: [...found].map(([name, { oursMs, theirsMs, ratio, cpuRatio }]) => [
          name,
          describeSpread(oursMs),
          describeSpread(theirsMs),
          describeSpread(ratio),
          describeSpread(cpuRatio),
        ]),
        note: 'Median, and the middle half. CPU is that of the process that runs the plugin.',
      },
    ],
    data: Object.fromEntries(found),
  };
}
