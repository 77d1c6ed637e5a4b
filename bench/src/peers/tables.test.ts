import { expect, it } from 'vitest';
import type { Introduction } from './peer.js';
import { tableOf, textOf } from './tables.js';
import type { Results, Work } from './work.js';

it('shows counts as they are and measured figures with their middle half', () => {
  expect(textOf([10_000])).toBe('10,000');
  expect(textOf([1, 1, 1])).toBe('1');
  expect(textOf([1.234, 2.345, 3.456])).toBe('2.35 (1.79 to 2.90)');
  expect(textOf([12.34])).toBe('12.3');
  expect(textOf([123.4])).toBe('123');
});

it('shows words where there is no figure, or where words stand for it', () => {
  expect(textOf('no window')).toBe('no window');
  expect(textOf([1], ['no', 'yes'])).toBe('yes');
  expect(textOf([])).toBe('');
});

const work: Work = {
  id: 'cached',
  title: 'A work',
  note: '',
  columns: [{ figure: 'ns', head: 'ns each', rule: { better: 'less' } }],
  run: async () => new Map(),
};
const introductions = new Map<string, Introduction>([
  ['keyturn', { name: 'Keyturn current()', version: '1', does: { format: 'exec' } }],
  ['aws', { name: 'AWS', version: '3.9', does: { format: 'aws' } }],
]);
const newest = 99;
const rowsOf = (results: Results, nodeMajor = newest) =>
  tableOf(work, results, introductions, nodeMajor).rows;

it('names a peer with its version and the row of ours that it is judged by', () => {
  const results = new Map([
    ['keyturn', { ns: [100] }],
    ['aws', { ns: [200] }],
  ]);
  expect(rowsOf(results)).toEqual([
    ['Keyturn current()', '100', ''],
    ['AWS 3.9', '200', 'current(): behind'],
  ]);
});

it('shows what kept a peer from being measured, and no verdict', () => {
  const results = new Map([
    ['keyturn', { ns: [100] }],
    ['aws', { problem: 'not measured: gone' }],
  ]);
  expect(rowsOf(results)[1]).toEqual(['AWS 3.9', 'not measured: gone', '']);
});

it('has a row for who would take part on a newer Node', () => {
  const rows = rowsOf(new Map([['keyturn', { ns: [100] }]]), 20);
  expect(rows[1]).toEqual(['client-node-2', 'not here: needs Node 24', '']);
});

it('has no row for who takes no part in the work, on whichever Node', () => {
  const cold: Work = { ...work, id: 'cold' };
  const results = new Map([['keyturn-peek', { ns: [100] }]]);
  expect(tableOf(cold, results, introductions, newest).rows).toEqual([]);
});

it('says the same below a table on every Node', () => {
  const noteOn = (nodeMajor: number) => tableOf(work, new Map(), introductions, nodeMajor).note;
  expect(noteOn(20)).toBe(noteOn(newest));
});
