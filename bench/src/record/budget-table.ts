import type { BudgetLine, FigureTable } from '../section.js';
import { reasonFor } from './reasons.js';
import type { Results, RunRecord } from './results.js';

/** Every budget of every section beside its figure, one column for each Node. */
export function budgetTable(results: Results): FigureTable {
  const runs = Object.values(results);
  const lines = runs.map(linesOf);
  const rows = firstOfEach(lines.flat()).map((line) => rowOf(line, lines));
  const columns = ['what', 'budget', ...runs.map(({ node }) => `Node ${node}`), 'why'];
  return { title: 'Budgets', columns, rows };
}

/** `lines` of each run; the reason stands beside a budget that one of them missed. */
function rowOf(line: BudgetLine, lines: readonly (readonly BudgetLine[])[]): string[] {
  const found = lines.map((each) => each.find((other) => isSame(line, other)));
  const isMissed = found.some((each) => each !== undefined && each.verdict !== 'holds');
  return [line.what, line.budget, ...found.map(cellOf), isMissed ? reasonFor(line) : ''];
}

/** `✓`; or by how much the figure falls short, and whether that is within the spread of the run. */
export function describeVerdict(line: BudgetLine): string {
  if (line.verdict === 'holds') return '✓';
  const words = ['short', ...shortfallOf(line)].join(' ');
  return line.verdict === 'near' ? `near: ${words}` : words;
}

const linesOf = ({ sections }: RunRecord): BudgetLine[] =>
  Object.values(sections).flatMap(({ budgets }) => budgets);

const isSame = (one: BudgetLine, other: BudgetLine): boolean =>
  one.what === other.what && one.budget === other.budget;

function firstOfEach(lines: readonly BudgetLine[]): BudgetLine[] {
  return lines.filter((line, index) => lines.findIndex((other) => isSame(line, other)) === index);
}

function cellOf(line: BudgetLine | undefined): string {
  return line === undefined ? '–' : `${line.figure} ${describeVerdict(line)}`;
}

/** Of a limit that is not zero: a share of nothing says nothing, and the figure stands beside it. */
function shortfallOf({ figure, budget }: BudgetLine): string[] {
  const [found, limit] = [firstNumber(figure), firstNumber(budget)];
  if (!/^[≤≥]/.test(budget) || found === undefined || !limit) return [];
  const percent = (Math.abs(found - limit) / limit) * 100;
  return [percent < 0.1 ? 'by < 0.1 %' : `by ${Number(percent.toPrecision(2))} %`];
}

/** The first in a text such as `1.02 (0.99 to 1.05)` or `≤ 1,500 ms`. */
function firstNumber(text: string): number | undefined {
  const [digits] = text.replaceAll(',', '').match(/-?\d+(?:\.\d+)?/) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
