import { budgetTable } from './budget-table.js';
import { markdownTable } from './markdown-table.js';
import type { Results, RunRecord } from './results.js';

/** The tables of one run, then the budgets of all, which a reader is here for, and how long this run took. */
export function describeResults(run: RunRecord, results: Results): string {
  const { title, ...budgets } = budgetTable(results);
  const parts = [...sectionTables(run), `${title}\n${markdownTable({ title, ...budgets })}`];
  return [...parts, ...describeTime(run)].map((text) => `${text}\n`).join('\n');
}

function sectionTables({ node, sections }: RunRecord): string[] {
  const tables = Object.values(sections).flatMap((section) => section.tables);
  return tables.map((table) =>
    [`${table.title} (Node ${node})`, markdownTable(table), table.note ?? []].flat().join('\n'),
  );
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
