import { expect, it } from 'vitest';
import { describeResults } from './print.js';
import { headOfThisRun, type RunRecord } from './results.js';

const peek = { what: 'peek()', figure: '75 ns', budget: '≤ 60 ns' };

const run: RunRecord = {
  ...headOfThisRun(false),
  node: '20.20.2',
  sections: {
    lookups: {
      budgets: [
        { ...peek, verdict: 'short', shortByPercent: 25 },
        { what: 'current()', figure: '75 ns', budget: '≤ 150 ns', verdict: 'holds' },
      ],
      tables: [{ title: 'Lookups', columns: ['a', 'b'], rows: [['1', '2']], note: 'Less a call.' }],
      data: null,
    },
  },
};
const results = { 20: run };

const printed = describeResults(run, results);

it('shows the tables of the sections with their notes, and the budgets after them', () => {
  const order = ['Lookups (Node 20.20.2)', '| 1 | 2 |', 'Less a call.', 'Budgets'];
  const places = order.map((words) => printed.indexOf(words));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(printed).toContain('short by 25 %');
});

it('ends with how long each section took', () => {
  const { lookups } = run.sections as { lookups: RunRecord['sections'][string] };
  const timed = { lookups: { ...lookups, seconds: 59.6 }, plugin: { ...lookups, seconds: 7.2 } };
  const text = describeResults({ ...run, sections: timed }, results);
  expect(text).toMatch(/\n\nMeasured in 1 min 7 s: lookups 1 min 0 s, plugin 7 s\.\n$/);
});

it('says nothing of the time when no section knows it', () => {
  expect(printed).not.toContain('Measured in');
});
