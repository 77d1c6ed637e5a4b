import { spreadOf } from '../paired.js';
import type { FigureTable } from '../section.js';
import { judge, verdictOf } from './judge.js';
import type { Introduction } from './peer.js';
import { absentees, counterpartOf, type Entrant, roster } from './roster.js';
import type { Figure, Figures, Results, Work } from './work.js';

export type Introductions = ReadonlyMap<string, Introduction>;

/** One row for each entrant, ours first, and for each that cannot run on this Node. */
export function tableOf(
  work: Work,
  results: Results,
  introductions: Introductions,
  nodeMajor?: number,
): FigureTable {
  const shown = new Map([...results, ...notHere(nodeMajor)]);
  return {
    title: work.title,
    columns: ['', ...work.columns.map(({ head }) => head), 'beside Keyturn'],
    rows: roster
      .filter(({ id, works }) => works[work.id] !== undefined && shown.has(id))
      .map((entrant) => [
        titleOf(entrant, introductions),
        ...cellsOf(work, shown.get(entrant.id) ?? {}),
        besideText(work, entrant, shown, introductions),
      ]),
    note: work.note,
  };
}

function notHere(nodeMajor?: number): Results {
  return new Map(
    absentees(nodeMajor).map(({ id, oldestNode }): [string, Figures] => [
      id,
      { problem: `not here: needs Node ${oldestNode}` },
    ]),
  );
}

function cellsOf({ columns }: Work, figures: Figures): readonly string[] {
  const { problem } = figures;
  if (problem !== undefined) return [textOf(problem), ...columns.slice(1).map(() => '')];
  return columns.map(({ figure, words }) => textOf(figures[figure] ?? '', words));
}

function titleOf({ id, beside }: Entrant, introductions: Introductions): string {
  const { name, version } = introductions.get(id) ?? { name: id, version: '' };
  return beside === undefined ? name : `${name} ${version}`.trim();
}

function besideText(
  work: Work,
  entrant: Entrant,
  results: Results,
  introductions: Introductions,
): string {
  const beside = counterpartOf(entrant, work.id);
  if (beside === undefined || results.get(entrant.id)?.['problem'] !== undefined) return '';
  const name = introductions.get(beside)?.name.replace('Keyturn ', '') ?? beside;
  const verdict = verdictOf(judge(work, entrant, results), work.columns);
  return verdict === '' ? '' : `${name}: ${verdict}`;
}

/** The median, with the middle half of what was measured in brackets; counts as they are. */
export function textOf(figure: Figure, words?: readonly string[]): string {
  if (typeof figure === 'string') return figure;
  if (figure.length === 0) return '';
  if (words !== undefined) return words[figure[0] as number] ?? '';
  const { median, low, high, count } = spreadOf(figure);
  const digits = figure.every(Number.isInteger) ? 0 : digitsFor(median);
  if (count === 1 || low === high) return numberText(median, digits);
  return `${numberText(median, digits)} (${numberText(low, digits)} to ${numberText(high, digits)})`;
}

function numberText(value: number, digits: number): string {
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function digitsFor(value: number): number {
  if (value >= 100) return 0;
  return value >= 10 ? 1 : 2;
}
