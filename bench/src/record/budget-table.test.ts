import { describe, expect, it } from 'vitest';
import type { BudgetLine } from '../section.js';
import { budgetTable, describeVerdict } from './budget-table.js';
import { headOfThisRun, type RunRecord } from './results.js';

const line = (changes: Partial<BudgetLine>): BudgetLine => ({
  ...{
    what: 'peek()',
    figure: '50 (48 to 55) ns',
    budget: '≤ 60 ns',
    verdict: 'holds',
    ...changes,
  },
});

describe('the verdict', () => {
  it.each<[string, Partial<BudgetLine>]>([
    ['✓', {}],
    ['short by 25 %', { figure: '75 (70 to 80) ns', verdict: 'short' }],
    ['short by 3.1 %', { figure: '0.94 (0.93 to 0.95)', budget: '≥ 0.97', verdict: 'short' }],
    ['near: short by 1.7 %', { figure: '61 (59 to 70) ns', verdict: 'near' }],
    ['near: short by < 0.1 %', { figure: '0.97 (0.9 to 1)', budget: '≥ 0.97', verdict: 'near' }],
    ['short by 100 %', { figure: '3,000 ms', budget: '≤ 1,500 ms', verdict: 'short' }],
    ['short', { figure: '3', budget: '0', verdict: 'short' }],
  ])('is "%s" for %o', (words, changes) => {
    expect(describeVerdict(line(changes))).toBe(words);
  });
});

describe('the table', () => {
  const run = (node: string, budgets: BudgetLine[]): RunRecord => ({
    ...headOfThisRun(false),
    ...{ node, sections: { lookups: { budgets, tables: [], data: null } } },
  });

  it('has one row for each budget and one column for each Node', () => {
    const missed = line({ figure: '75 ns', verdict: 'short' });
    const only = line({ what: 'current()', budget: '≤ 150 ns' });
    const table = budgetTable({
      20: run('20.20.2', [line({})]),
      24: run('24.1.0', [missed, only]),
    });
    expect(table.columns).toEqual(['what', 'budget', 'Node 20.20.2', 'Node 24.1.0', 'why']);
    expect(table.rows).toEqual([
      ['peek()', '≤ 60 ns', '50 (48 to 55) ns ✓', '75 ns short by 25 %', 'not known'],
      ['current()', '≤ 150 ns', '–', '50 (48 to 55) ns ✓', ''],
    ]);
  });

  it('says why a rate is missed, and nothing beside one that is not', () => {
    const what = 'request rate, grpc-js bound ÷ bare, concurrency 1';
    const rate = line({ what, figure: '0.98 (0.95 to 1.02)', budget: '≥ 0.97' });
    const missed: BudgetLine = { ...rate, figure: '0.96 (0.95 to 0.97)', verdict: 'near' };
    const whyIn = (...lines: BudgetLine[]) => {
      const runs = lines.map((each, index) => [20 + index, run(`${20 + index}.0.0`, [each])]);
      return budgetTable(Object.fromEntries(runs)).rows[0]?.at(-1);
    };
    expect(whyIn(rate, rate)).toBe('');
    expect(whyIn(rate, missed)).toMatch(/gRPC/);
  });
});
