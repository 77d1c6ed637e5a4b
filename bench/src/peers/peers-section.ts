import { installApart } from '../install-apart.js';
import type { BenchContext, Section, SectionResult } from '../section.js';
import { Arena } from './arena.js';
import { budgetsOf } from './budgets.js';
import { type Judgement, judge } from './judge.js';
import { absentees, entrantsOf } from './roster.js';
import { tableOf } from './tables.js';
import type { Figures, Results, Work } from './work.js';
import { cached } from './works/cached.js';
import { cold } from './works/cold.js';
import { due } from './works/due.js';
import { expiry } from './works/expiry.js';
import { failing } from './works/failing.js';
import { refused } from './works/refused.js';
import { sequential } from './works/sequential.js';

const works: readonly Work[] = [cold, cached, expiry, refused, failing, due, sequential];

const peersFolder = new URL('../../peers/', import.meta.url);

/** The same work for Keyturn and for everything that people use instead. */
export const peersSection: Section = {
  name: 'peers',
  summary:
    'the same work for Keyturn and its peers: cold start, expiry, 401s, failures, connections',
  async run(context) {
    if (process.platform === 'win32') return notHere;
    await installApart(peersFolder, () =>
      context.say('peers: installing what Keyturn is measured beside (bench/peers, once)'),
    );
    return measure(context);
  },
};

const notHere: SectionResult = {
  budgets: [],
  tables: [
    {
      title: 'Peers',
      columns: ['peers'],
      rows: [['not measured: the plugins need a POSIX shell']],
    },
  ],
  data: {},
};

async function measure(context: BenchContext): Promise<SectionResult> {
  await using arena = await Arena.open(context);
  const results = new Map<Work, Results>();
  for (const work of works) results.set(work, await work.run(arena));
  const found = [...results];
  return {
    budgets: budgetsOf(results),
    tables: found.map(([work, result]) => tableOf(work, result, arena.introductions)),
    data: {
      peers: Object.fromEntries(arena.introductions),
      absent: absentees().map(({ id }) => id),
      works: Object.fromEntries(found.map(([work, result]) => [work.id, dataOf(work, result)])),
    },
  };
}

interface EntrantData {
  readonly figures: Figures;
  readonly judgements: readonly Judgement[];
}

function dataOf(work: Work, results: Results): Readonly<Record<string, EntrantData>> {
  const present = entrantsOf(work.id).filter(({ id }) => results.has(id));
  const entries = present.map((entrant): [string, EntrantData] => [
    entrant.id,
    { figures: results.get(entrant.id) ?? {}, judgements: judge(work, entrant, results) },
  ]);
  return Object.fromEntries(entries);
}
