import { spawnSync } from 'node:child_process';
import { atMost, describeSpread, exactly } from '../budget.js';
import { type Spread, spreadOf } from '../paired.js';
import type { BenchContext, BudgetLine, Section, SectionResult } from '../section.js';
import { nameOfFiles, openSubjects, type StoreSubject } from './store-subjects.js';

const many = 10_000;
const few = 10;
// The budget of the design, and what a directory that has grown may cost more.
const fileBudgetMs = 2;
const growthBudget = 1.25;

/** What it costs to look into a store: that is paid with a load, and never with a request. */
export const storesSection: Section = {
  name: 'stores',
  summary: 'reading a record that processes share, in files and in Redis, in milliseconds',
  run: measureStores,
};

async function measureStores({ quick, say }: BenchContext): Promise<SectionResult> {
  const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
  const subjects = await openSubjects({ few, many, hasRedis });
  try {
    const samples = await measureRounds(subjects.all, quick ? 40 : 400, say);
    const trips = await subjects.tripsOfRead?.();
    return resultOf(samples, trips);
  } finally {
    await subjects.close();
  }
}

/** One call of each in turn, so that a slow moment of the machine falls on all alike. */
async function measureRounds(
  subjects: readonly StoreSubject[],
  rounds: number,
  say: BenchContext['say'],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const samples = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  say(`stores, ${rounds} rounds`);
  for (let round = -20; round < rounds; round += 1) {
    for (const { name, call } of subjects) {
      const startedAt = performance.now();
      await call();
      const tookMs = performance.now() - startedAt;
      if (round >= 0) samples.get(name)?.push(tookMs);
    }
  }
  return samples;
}

function resultOf(
  samples: ReadonlyMap<string, readonly number[]>,
  trips: number | undefined,
): SectionResult {
  const spreads = new Map([...samples].map(([name, values]) => [name, spreadOf(values)]));
  const note = `One call at a time, in turn. ${trips === undefined ? 'There is no redis-server here.' : 'Redis is on this machine: what is shown is the way there and back, and the work.'}`;
  return {
    budgets: budgetsOf(samples, spreads, trips),
    tables: [
      {
        title: 'Reading a record that processes share',
        columns: ['what', 'ms: median (middle half)'],
        rows: [...spreads].map(([name, spread]) => [name, describeSpread(spread, 3)]),
        note,
      },
    ],
    data: Object.fromEntries(spreads),
  };
}

function budgetsOf(
  samples: ReadonlyMap<string, readonly number[]>,
  spreads: ReadonlyMap<string, Spread>,
  trips: number | undefined,
): BudgetLine[] {
  const [ofMany = [], ofFew = []] = [many, few].map((count) => samples.get(nameOfFiles(count)));
  const growth = spreadOf(ofMany.map((tookMs, round) => tookMs / (ofFew[round] ?? tookMs)));
  return [
    atMost(fileBudgetMs, spreads.get(nameOfFiles(many)) as Spread, {
      what: `reading one of ${many} records in files`,
      unit: ' ms',
    }),
    atMost(growthBudget, growth, { what: `reading one of ${many} records ÷ one of ${few}` }),
    ...(trips === undefined ? [] : [exactly(1, trips, 'round trips to read a record in Redis')]),
  ];
}
