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
    ['short by 25 %', { verdict: 'short', shortByPercent: 25 }],
    ['near: short by 1.7 %', { verdict: 'near', shortByPercent: 1.6667 }],
    ['near: short by < 0.1 %', { verdict: 'near', shortByPercent: 0.04 }],
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
    const missed = line({ figure: '75 ns', verdict: 'short', shortByPercent: 25 });
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

  it('begins with the budgets of the design, in its order', () => {
    const whats = [
      'figures in which a peer is ahead',
      'heap after 1,000,000 requests',
      'peek() on a fresh credential',
      'request rate, got',
    ];
    const table = budgetTable({
      20: run(
        '20.20.2',
        whats.map((what) => line({ what })),
      ),
    });
    expect(table.rows.map(([what]) => what)).toEqual([whats[3], whats[2], whats[1], whats[0]]);
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
