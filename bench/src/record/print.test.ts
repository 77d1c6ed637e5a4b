import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { describeResults } from './print.js';
import { headOfThisRun, type RunRecord } from './results.js';

const cell = 'a cell of a few words';

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
      tables: [
        { title: 'Lookups', columns: ['a', 'b'], rows: [['1', '2']], note: 'Less a call.' },
        { title: 'Wide', columns: Array(8).fill('head'), rows: [Array(8).fill(cell)] },
      ],
      data: null,
    },
  },
};
const results = { 20: run };

const options = { hasColours: false, columns: 120 };
const printed = describeResults(run, results, options);

it('shows the tables of the sections with their notes, and the budgets after them', () => {
  const order = ['Lookups (Node 20.20.2)', 'Less a call.', 'Wide (Node 20.20.2)', 'Budgets'];
  expect(order.map((words) => printed.indexOf(words))).toEqual(
    order.map((words) => printed.indexOf(words)).sort((a, b) => a - b),
  );
  expect(printed).toContain('short by 25 %');
});

it('ends with how long each section took', () => {
  const { lookups } = run.sections as { lookups: RunRecord['sections'][string] };
  const timed = { lookups: { ...lookups, seconds: 59.6 }, plugin: { ...lookups, seconds: 7.2 } };
  const text = describeResults({ ...run, sections: timed }, results, options);
  expect(text).toMatch(/\n\nMeasured in 1 min 7 s: lookups 1 min 0 s, plugin 7 s\.\n$/);
});

it('says nothing of the time when no section knows it', () => {
  expect(printed).not.toContain('Measured in');
});

it('keeps to the width of the terminal', () => {
  const widths = printed.split('\n').map((line) => line.length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(120);
  expect(printed.match(/few/g)).toHaveLength(8);
});

it('says the same with colours as without', () => {
  const coloured = describeResults(run, results, { hasColours: true, columns: 120 });
  expect(coloured).not.toBe(printed);
  expect(stripVTControlCharacters(coloured)).toBe(printed);
});
