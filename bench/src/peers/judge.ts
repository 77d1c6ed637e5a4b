import { reasonFor } from './reasons.js';
import { counterpartOf, type Entrant } from './roster.js';
import { type Standing, standingOf } from './verdict.js';
import type { Column, Results, Work } from './work.js';

/** Where a peer stands in one figure. */
export interface Judgement {
  readonly figure: string;
  readonly standing: Standing;
  /** Where it is ahead and we know why. */
  readonly reason?: string;
}

/** Judges a peer in every figure of `work` that has a rule; nothing for ours. */
export function judge(work: Work, entrant: Entrant, results: Results): readonly Judgement[] {
  const theirs = results.get(entrant.id);
  const ours = results.get(counterpartOf(entrant, work.id) ?? '');
  if (theirs === undefined || ours === undefined) return [];
  const standings = new Map<string, Standing>();
  for (const { figure, rule } of work.columns) {
    if (rule === undefined) continue;
    const standing = standingOf(theirs[figure] ?? '', ours[figure] ?? '', rule);
    if (standing !== undefined) standings.set(figure, standing);
  }
  return [...standings].map(([figure, found]) => {
    const given = work.columns.find((column) => column.figure === figure)?.rule?.given ?? '';
    const standing = found === 'ahead' && standings.get(given) === 'behind' ? 'level' : found;
    const reason = standing === 'ahead' ? reasonFor(work.id, figure, entrant.id) : undefined;
    return { figure, standing, ...(reason !== undefined && { reason }) };
  });
}

/** `behind`, `level`, or in what a peer is ahead and why; nothing where nothing was judged. */
export function verdictOf(judgements: readonly Judgement[], columns: readonly Column[]): string {
  if (judgements.length === 0) return '';
  const ahead = judgements.filter(({ standing }) => standing === 'ahead');
  if (ahead.length > 0) {
    return [...new Set(ahead.map((each) => aheadText(each, columns)))].join('; ');
  }
  return judgements.some(({ standing }) => standing === 'behind') ? 'behind' : 'level';
}

function aheadText({ figure, reason }: Judgement, columns: readonly Column[]): string {
  const column = columns.find((each) => each.figure === figure);
  const what = column?.label ?? column?.head ?? figure;
  return `ahead in ${what}: ${reason ?? 'no reason known'}`;
}
