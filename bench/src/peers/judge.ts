import { reasonFor } from './reasons.js';
import { counterpartOf, type Entrant } from './roster.js';
import { type Rule, type Standing, standingOf } from './verdict.js';
import type { Column, Figures, Results, Work } from './work.js';

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
  // What a peer did before it could not be measured any more says nothing of the rest.
  if (theirs === undefined || ours === undefined || theirs['problem'] !== undefined) return [];
  const primed = results.get('keyturn-primed');
  return standingsOf(work, theirs, ours).map(({ figure, rule, standing }) => {
    const lead = { work: work.id, figure, rule, peer: entrant.id, theirs, ours, primed };
    const reason = standing === 'ahead' ? reasonFor(lead) : undefined;
    return { figure, standing, ...(reason !== undefined && { reason }) };
  });
}

interface Place {
  readonly figure: string;
  readonly rule: Rule;
  readonly standing: Standing;
}

/** Where `theirs` stand in each figure; level where they are ahead by doing less. */
function standingsOf({ columns }: Work, theirs: Figures, ours: Figures): readonly Place[] {
  const places = columns.flatMap(({ figure, rule }): Place[] => {
    if (rule === undefined) return [];
    const standing = standingOf(theirs[figure] ?? '', ours[figure] ?? '', rule);
    return standing === undefined ? [] : [{ figure, rule, standing }];
  });
  const behind = new Set(
    places.filter(({ standing }) => standing === 'behind').map(({ figure }) => figure),
  );
  return places.map((place) =>
    place.standing === 'ahead' && behind.has(place.rule.given ?? '')
      ? { ...place, standing: 'level' }
      : place,
  );
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
