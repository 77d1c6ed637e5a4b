import type { BudgetLine, FigureTable } from '../section.js';
import { reasonFor } from './reasons.js';
import type { Results, RunRecord } from './results.js';

/** What section 8 of the design limits, in its order. */
const design: readonly RegExp[] = [
  /^request rate, /,
  /^(?:peek|await current)\(\) on a fresh credential/,
  /^plugin runs for (?:10000 requests at an expired credential|500 simultaneous 401s$)/,
  /while the certificate rotates \d+ times/,
  /sockets left open after those rotations/,
  /run ÷ bare spawn/,
  /^whole process, /,
  /^import @keyturn/,
  /^third-party packages /,
  /^installed by /,
  /^heap after /,
];

/** Every budget beside its figure, one column for each Node: those of the design first, then further limits. */
export function budgetTable(results: Results): FigureTable {
  const runs = Object.values(results);
  const lines = runs.map(linesOf);
  const inOrder = firstOfEach(lines.flat()).toSorted((a, b) => placeOf(a) - placeOf(b));
  const rows = inOrder.map((line) => rowOf(line, lines));
  const columns = ['what', 'budget', ...runs.map(({ node }) => `Node ${node}`), 'why'];
  return { title: 'Budgets', columns, rows };
}

/** `lines` of each run; the reason stands beside a budget that one of them missed. */
function rowOf(line: BudgetLine, lines: readonly (readonly BudgetLine[])[]): string[] {
  const found = lines.map((each) => each.find((other) => isSame(line, other)));
  const isMissed = found.some((each) => each !== undefined && each.verdict !== 'holds');
  return [line.what, line.budget, ...found.map(cellOf), isMissed ? reasonFor(line) : ''];
}

/** `✓`; or by how much the figure falls short, and whether that is within the doubt of the run. */
export function describeVerdict(line: BudgetLine): string {
  if (line.verdict === 'holds') return '✓';
  const words = ['short', ...shortfallOf(line)].join(' ');
  return line.verdict === 'near' ? `near: ${words}` : words;
}

const linesOf = ({ sections }: RunRecord): BudgetLine[] =>
  Object.values(sections).flatMap(({ budgets }) => budgets);

function placeOf({ what }: BudgetLine): number {
  const place = design.findIndex((each) => each.test(what));
  return place === -1 ? design.length : place;
}

const isSame = (one: BudgetLine, other: BudgetLine): boolean =>
  one.what === other.what && one.budget === other.budget;

function firstOfEach(lines: readonly BudgetLine[]): BudgetLine[] {
  return lines.filter((line, index) => lines.findIndex((other) => isSame(line, other)) === index);
}

function cellOf(line: BudgetLine | undefined): string {
  return line === undefined ? '–' : `${line.figure} ${describeVerdict(line)}`;
}

function shortfallOf({ shortByPercent }: BudgetLine): string[] {
  if (shortByPercent === undefined) return [];
  return [shortByPercent < 0.1 ? 'by < 0.1 %' : `by ${Number(shortByPercent.toPrecision(2))} %`];
}
