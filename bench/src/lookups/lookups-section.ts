import { atMost, describeSpread } from '../budget.js';
import { Child } from '../child.js';
import { type Spread, spreadOf } from '../paired.js';
import type { BenchContext, Section, SectionResult } from '../section.js';
import { netOf } from './net-of.js';
import { floors, lookups, type Subject } from './subjects.js';

const budgetsNs = new Map([
  ['peek()', 60],
  ['await current()', 150],
]);

// Also in a quick run: with less, an await is measured before it is compiled to its best.
const durationMs = 100;

/** What a request pays for asking, when a fresh credential is held. */
export const lookupsSection: Section = {
  name: 'lookups',
  summary: 'peek(), current(), stats() and the registry on a fresh credential, in nanoseconds',
  run: measureLookups,
};

async function measureLookups(context: BenchContext): Promise<SectionResult> {
  const rounds = await measureRounds(context);
  const spreads = new Map<string, Spread>();
  for (const [name, samplesNs] of netOf(rounds, 'an empty call')) {
    spreads.set(name, spreadOf(samplesNs));
  }
  return {
    budgets: [...budgetsNs].map(([name, mostNs]) =>
      atMost(mostNs, spreads.get(name) as Spread, {
        what: `${name} on a fresh credential`,
        unit: ' ns',
        describe: (spread) => describeSpread(spread, 0),
      }),
    ),
    tables: [
      {
        title: 'Lookups on a fresh credential',
        columns: ['what', 'ns: median (middle half)', 'budget, ns'],
        rows: [...spreads].map(([name, spread]) => [
          name,
          describeSpread(spread, spread.median < 100 ? 1 : 0),
          budgetsNs.has(name) ? `≤ ${budgetsNs.get(name)}` : '',
        ]),
        note: `Processes each: ${rounds.length}. Less what an empty call takes. The first rows are the floor: peek() has to read the clock, and await to queue a microtask.`,
      },
    ],
    data: Object.fromEntries(spreads),
  };
}

/** Each round measures everything once, so that a slow minute of the machine falls on all alike. */
async function measureRounds({ quick, say }: BenchContext): Promise<ReadonlyMap<string, number>[]> {
  const rounds: ReadonlyMap<string, number>[] = [];
  const count = quick ? 1 : 4;
  for (let round = 1; round <= count; round += 1) {
    say(`lookups, round ${round} of ${count}`);
    const figures = new Map<string, number>();
    for (const subject of [...floors, ...lookups]) {
      figures.set(subject.name, await measureOnce(subject));
    }
    rounds.push(figures);
  }
  return rounds;
}

async function measureOnce({ name }: Subject): Promise<number> {
  await using child = new Child(new URL('./lookup-program.js', import.meta.url), { args: [name] });
  return await child.ask<number>('measure', durationMs);
}
