import { exactly } from '../budget.js';
import type { BenchContext, BudgetLine, FigureTable, Section, SectionResult } from '../section.js';
import { Arena } from './arena.js';
import { installPeers } from './install.js';
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

/** The same work for Keyturn and for everything that people use instead. */
export const peersSection: Section = {
  name: 'peers',
  summary:
    'the same work for Keyturn and its peers: cold start, expiry, 401s, failures, connections',
  async run(context) {
    if (process.platform === 'win32') return notHere;
    await installPeers(context.say);
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
  const tables = found.map(([work, result]) => tableOf(work, result, arena.introductions));
  return {
    budgets: budgetsOf(results),
    tables: withAbsentees(tables),
    data: {
      peers: Object.fromEntries(arena.introductions),
      absent: absentees().map(({ id }) => id),
      works: Object.fromEntries(found.map(([work, result]) => [work.id, dataOf(work, result)])),
    },
  };
}

function budgetsOf(results: ReadonlyMap<Work, Results>): readonly BudgetLine[] {
  const runs = (work: Work, figure: string, id: string): number =>
    Math.max(...((results.get(work)?.get(id)?.[figure] ?? []) as readonly number[]));
  const callers = runs(cold, 'manyRuns', 'keyturn');
  return [
    exactly(1, callers, 'plugin runs for 10,000 callers with nothing held'),
    ...['https', 'axios', 'got'].map((client) =>
      exactly(
        1,
        runs(refused, 'runs', `keyturn-${client}`),
        `plugin runs for 500 simultaneous 401s, ${client}`,
      ),
    ),
    exactly(0, unexplained(results), 'figures in which a peer is ahead and no reason is known'),
  ];
}

function unexplained(results: ReadonlyMap<Work, Results>): number {
  return [...results]
    .flatMap(([work, result]) => entrantsOf(work.id).flatMap((each) => judge(work, each, result)))
    .filter(({ standing, reason }) => standing === 'ahead' && reason === undefined).length;
}

function withAbsentees(tables: readonly FigureTable[]): readonly FigureTable[] {
  const away = absentees().map(({ id, oldestNode }) => `${id} (needs Node ${oldestNode})`);
  const [first, ...rest] = tables;
  if (away.length === 0 || first === undefined) return tables;
  const note = `Not here, on Node ${process.versions.node}: ${away.join(', ')}. ${first.note ?? ''}`;
  return [{ ...first, note }, ...rest];
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
