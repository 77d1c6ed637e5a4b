import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { FigureTable, Verdict } from '../section.js';
import { performancePage, renderPage } from './performance-page.js';
import { headOfThisRun, type RunRecord, readResults } from './results.js';

const page = readFileSync(performancePage, 'utf8');
const results = readResults(fileURLToPath(new URL('../../results.json', import.meta.url)));

describe('docs/reference/performance.md', () => {
  it('says what the results say', () => {
    expect(page).toBe(renderPage(page, results));
  });

  it('has a place for every section that has tables', () => {
    const sections = Object.values(results).flatMap(({ sections }) => Object.entries(sections));
    const missing = sections
      .filter(([, { tables }]) => tables.length > 0)
      .filter(([name]) => !page.includes(`<!-- bench:${name} -->`));
    expect(missing.map(([name]) => name)).toEqual([]);
  });
});

describe('a block', () => {
  const block = (name: string, text = '') => `<!-- bench:${name} -->${text}<!-- /bench:${name} -->`;
  const table: FigureTable = {
    title: 'Requests',
    columns: ['client', 'requests/s'],
    rows: [['a|b', '1000']],
    note: 'In pairs.',
  };
  const run = (node: string, verdict: Verdict): RunRecord => {
    const line = { what: 'rate', figure: '0.94', budget: '≥ 0.97', shortByPercent: 3.09 };
    const budgets = [{ ...line, verdict }];
    const sections = { throughput: { budgets, tables: [table], data: null } };
    return { ...headOfThisRun(false), node, sections };
  };
  const measured = { 20: run('20.20.2', 'short'), 24: run('24.1.0', 'near') };

  it('is made anew, and what is around it stays', () => {
    const before = `# Mine\n\n${block('throughput', 'old')}\n\nMine too.\n`;
    const rendered = renderPage(before, measured);
    expect(rendered).toMatch(/^# Mine\n\n<!--[\s\S]*-->\n\nMine too\.\n$/);
    expect(rendered).not.toContain('old');
    expect(renderPage(rendered, measured)).toBe(rendered);
  });

  it('marks a budget that is missed, and by how much', () => {
    const rendered = renderPage(block('budgets'), measured);
    expect(rendered).toContain('| what | budget | Node 20.20.2 | Node 24.1.0 |');
    expect(rendered).toContain('| ≥ 0.97 | 0.94 short by 3.1 % | 0.94 near: short by 3.1 % |');
  });

  it('shows the plot, and the tables of each Node under one title', () => {
    const rendered = renderPage(block('throughput'), measured);
    expect(rendered).toContain('](performance/throughput-node-20.svg)');
    expect(rendered).toContain('[Node 24.1.0](performance/throughput-node-24.svg)');
    expect(rendered.match(/^### Requests$/gm)).toHaveLength(1);
    expect(rendered.match(/^\| a\\\|b \| 1000 \|$/gm)).toHaveLength(2);
    expect(rendered.match(/^In pairs\.$/gm)).toHaveLength(1);
  });

  it('says so when nothing has been measured', () => {
    expect(renderPage(block('budgets'), {})).toContain('Run `npm run bench`.');
    expect(renderPage(block('peers'), measured)).toContain('Run `npm run bench`.');
  });
});
