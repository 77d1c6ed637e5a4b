import { styleText } from 'node:util';
import { budgetTable } from './budget-table.js';
import type { Results, RunRecord } from './results.js';
import { terminalTable } from './terminal-table.js';

export interface PrintOptions {
  readonly hasColours: boolean;
  /** The width of the terminal. */
  readonly columns: number;
}

/** The tables of one run, then the budgets of all, which a reader is here for, and how long this run took. */
export function describeResults(run: RunRecord, results: Results, options: PrintOptions): string {
  const tables = sectionTables(run, options);
  const budgets = [describeBudgets(results, options)];
  return [...tables, ...budgets, ...describeTime(run)].map((text) => `${text}\n`).join('\n');
}

/** `Measured in 1 min 2 s: lookups 12 s, plugin 50 s.` Nothing when no section says how long it took. */
function describeTime({ sections }: RunRecord): string[] {
  const timed = Object.entries(sections).flatMap(([name, { seconds }]) =>
    seconds === undefined ? [] : [{ name, seconds }],
  );
  if (timed.length === 0) return [];
  const total = timed.reduce((sum, { seconds }) => sum + seconds, 0);
  const parts = timed.map(({ name, seconds }) => `${name} ${describeDuration(seconds)}`);
  return [`Measured in ${describeDuration(total)}: ${parts.join(', ')}.`];
}

function describeDuration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Shows it, in colours where the terminal has them and NO_COLOR does not forbid them. */
export function printResults(run: RunRecord, results: Results): void {
  const { isTTY, columns } = process.stdout;
  const hasColours = isTTY === true && process.stdout.hasColors();
  process.stdout.write(describeResults(run, results, { hasColours, columns: columns ?? 120 }));
}

function describeBudgets(results: Results, options: PrintOptions): string {
  const table = budgetTable(results);
  const shown = options.hasColours ? { ...table, rows: table.rows.map(coloured) } : table;
  return `${bold(table.title, options)}\n${terminalTable(shown, options.columns)}`;
}

/** A budget that is missed is seen first. */
function coloured([what = '', budget = '', ...rest]: readonly string[]): string[] {
  const [figures, why = ''] = [rest.slice(0, -1), rest.at(-1)];
  const paint = (figure: string): string => {
    if (figure.endsWith('✓')) return painted('green', figure);
    return figure === '–' ? figure : painted(figure.includes('near') ? 'yellow' : 'red', figure);
  };
  return [what, budget, ...figures.map(paint), why];
}

function sectionTables({ node, sections }: RunRecord, options: PrintOptions): string[] {
  const tables = Object.values(sections).flatMap((section) => section.tables);
  return tables.map((table) => {
    const title = bold(`${table.title} (Node ${node})`, options);
    const lines = [title, terminalTable(table, options.columns)];
    return (table.note === undefined ? lines : [...lines, table.note]).join('\n');
  });
}

function bold(text: string, { hasColours }: PrintOptions): string {
  return hasColours ? painted('bold', text) : text;
}

// Whether there are colours has been settled already: newer Nodes would ask stdout once more.
function painted(format: 'bold' | 'green' | 'yellow' | 'red', text: string): string {
  return styleText(format, text, { validateStream: false });
}
