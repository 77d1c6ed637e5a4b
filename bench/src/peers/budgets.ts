import { exactly } from '../budget.js';
import type { BudgetLine } from '../section.js';
import { judge } from './judge.js';
import { entrantsOf } from './roster.js';
import { type Figures, type Results, samplesOf, type Work } from './work.js';

const clients = ['https', 'axios', 'got'];

/** What Keyturn must reach whatever its peers do; a count of runs only together with the work that they were for. */
export function budgetsOf(found: ReadonlyMap<Work, Results>): readonly BudgetLine[] {
  const figuresOf = (work: Work['id'], id: string): Figures =>
    [...found].find(([{ id: each }]) => each === work)?.[1].get(id) ?? {};
  return [
    ...coldBudgets(figuresOf('cold', 'keyturn')),
    ...clients.flatMap((each) => refusedBudgets(each, figuresOf('refused', `keyturn-${each}`))),
    exactly(0, unexplained(found), 'figures in which a peer is ahead and no reason is known'),
  ];
}

function coldBudgets(figures: Figures): readonly BudgetLine[] {
  const sent = most(figures, 'manySent');
  const many = sent.toLocaleString('en');
  return [
    exactly(1, most(figures, 'manyRuns'), `plugin runs for ${many} callers with nothing held`),
    exactly(0, sent - least(figures, 'manyWell'), `of those ${many}: not served`),
  ];
}

function refusedBudgets(client: string, figures: Figures): readonly BudgetLine[] {
  const sent = most(figures, 'sent');
  return [
    exactly(1, most(figures, 'runs'), `plugin runs for ${sent} simultaneous 401s, ${client}`),
    // All go out with the old token before the first answer comes: each is refused, and none twice.
    exactly(sent, most(figures, 'refusals'), `401s answered, ${client}`),
    exactly(0, sent - least(figures, 'well'), `of those ${sent}, ${client}: not ended well`),
  ];
}

function unexplained(found: ReadonlyMap<Work, Results>): number {
  return [...found]
    .flatMap(([work, results]) => entrantsOf(work.id).flatMap((each) => judge(work, each, results)))
    .filter(({ standing, reason }) => standing === 'ahead' && reason === undefined).length;
}

const most = (figures: Figures, figure: string): number => Math.max(...samplesOf(figures[figure]));
const least = (figures: Figures, figure: string): number => Math.min(...samplesOf(figures[figure]));
