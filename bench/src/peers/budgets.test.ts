import { expect, it } from 'vitest';
import { budgetsOf } from './budgets.js';
import type { Results, Work } from './work.js';

function workOf(id: Work['id']): Work {
  const columns = [{ figure: 'ms', head: 'ms', rule: { better: 'less' } }] as const;
  return { id, title: '', note: '', columns, run: async () => new Map() };
}

function verdictsOf(id: Work['id'], results: Results): Readonly<Record<string, string>> {
  const lines = budgetsOf(new Map([[workOf(id), results]]));
  return Object.fromEntries(lines.map(({ what, verdict }) => [what, verdict]));
}

const refusedOf = (well: number, refusals = 100) => {
  const figures = { runs: [1], sent: [100], well: [well], refusals: [refusals] };
  return verdictsOf('refused', new Map([['keyturn-got', figures]]));
};

it('counts the runs for as many requests as were really sent', () => {
  expect(refusedOf(100)).toMatchObject({
    'plugin runs for 100 simultaneous 401s, got': 'holds',
    'of those 100, got: not ended well': 'holds',
  });
});

it('misses a budget when one request did not end well', () => {
  expect(refusedOf(99)).toMatchObject({ 'of those 100, got: not ended well': 'short' });
});

it('misses a budget when fewer requests were refused than sent, or one of them twice', () => {
  expect(refusedOf(100)).toMatchObject({ '401s answered, got': 'holds' });
  expect(refusedOf(100, 99)).toMatchObject({ '401s answered, got': 'short' });
  expect(refusedOf(100, 101)).toMatchObject({ '401s answered, got': 'short' });
});

it('misses a budget when one caller was not served in one of the rounds', () => {
  const figures = { manyRuns: [1, 1], manySent: [10_000, 10_000], manyWell: [10_000, 9_999] };
  expect(verdictsOf('cold', new Map([['keyturn', figures]]))).toMatchObject({
    'plugin runs for 10,000 callers with nothing held': 'holds',
    'of those 10,000: not served': 'short',
  });
});

it('misses a budget when nothing was counted', () => {
  expect(Object.values(verdictsOf('cold', new Map())).slice(0, 2)).toEqual(['short', 'short']);
});

it('counts a lead without a reason, and none that has one', () => {
  const line = 'figures in which a peer is ahead and no reason is known';
  const results = new Map([
    ['keyturn', { ms: [100] }],
    ['azure', { ms: [10] }],
  ]);
  expect(verdictsOf('cold', results)[line]).toBe('holds');
  expect(verdictsOf('cached', results)[line]).toBe('short');
});
