import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FigureTable } from '../section.js';
import { budgetTable } from './budget-table.js';
import { markdownTable } from './markdown-table.js';
import { majorOf, type Results, type RunRecord } from './results.js';

/** docs/reference/performance.md */
export const performancePage: string = fileURLToPath(
  new URL('../../../docs/reference/performance.md', import.meta.url),
);

/** What each plot shows, for those who cannot see it. bench/plots draws one for each of these sections. */
const plots: Readonly<Record<string, string>> = {
  throughput: 'Request rate through a binding divided by that of the bare client, for each client',
  rotation: 'Time to the answer of each request while credentials rotate, with and without Keyturn',
  scale: 'Heap, descriptors and time of a call over the number of requests and of managers',
};

const nothingYet = 'Nothing has been measured yet. Run `npm run bench`.';

/** Writes the blocks of the page anew. What stands outside of them is written by hand and stays. */
export function writePerformancePage(results: Results): void {
  writeFileSync(performancePage, renderPage(readFileSync(performancePage, 'utf8'), results));
}

/** The page with everything between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->` made from the results. */
export function renderPage(page: string, results: Results): string {
  const block = /<!-- bench:([\w-]+) -->[\s\S]*?<!-- \/bench:\1 -->/g;
  return page.replace(block, (_, name: string) => {
    const text = name === 'budgets' ? renderBudgets(results) : renderSection(name, results);
    return `<!-- bench:${name} -->\n\n${text}\n\n<!-- /bench:${name} -->`;
  });
}

function renderBudgets(results: Results): string {
  const runs = Object.values(results);
  if (runs.length === 0) return nothingYet;
  const machines = runs.map((run) => `- ${describeMachine(run)}`).join('\n');
  return `${markdownTable(budgetTable(results))}\n\n${machines}`;
}

function describeMachine({ node, v8, platform, cpus, date, quick }: RunRecord): string {
  const caution = quick ? '. A quick run: the spread is too wide to judge a close figure by' : '';
  return `Node ${node} (V8 ${v8}): ${platform}, ${cpus.count} × ${cpus.model}, ${date}${caution}`;
}

function renderSection(name: string, results: Results): string {
  const runs = Object.values(results).filter(({ sections }) => sections[name] !== undefined);
  if (runs.length === 0) return nothingYet;
  return [...renderPlots(name, runs), ...renderTables(name, runs)].join('\n\n');
}

/** The plot of the first Node, and the way to those of the others. */
function renderPlots(name: string, runs: readonly RunRecord[]): string[] {
  const text = plots[name];
  const [first, ...others] = runs.map((run) => ({
    node: run.node,
    file: `performance/${name}-node-${majorOf(run)}.svg`,
  }));
  if (text === undefined || first === undefined) return [];
  const links = others.map(({ node, file }) => `The same on [Node ${node}](${file}).`);
  return [`![${text}](${first.file})`, ...links];
}

interface NodeTable {
  readonly node: string;
  readonly table: FigureTable;
}

/** Tables of the same title stand together, whichever Node they are from. */
function renderTables(name: string, runs: readonly RunRecord[]): string[] {
  const tables = runs.flatMap(({ node, sections }) =>
    (sections[name]?.tables ?? []).map((table): NodeTable => ({ node, table })),
  );
  const titles = [...new Set(tables.map(({ table }) => table.title))];
  return titles.map((title) => {
    const found = tables.filter(({ table }) => table.title === title);
    return [`### ${title}`, ...found.map(renderTable), ...notesOf(found)].join('\n\n');
  });
}

const renderTable = ({ node, table }: NodeTable): string =>
  `Node ${node}:\n\n${markdownTable(table)}`;

const notesOf = (tables: readonly NodeTable[]): string[] => [
  ...new Set(tables.flatMap(({ table }) => table.note ?? [])),
];
