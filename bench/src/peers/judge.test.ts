import { expect, it } from 'vitest';
import { judge, verdictOf } from './judge.js';
import { roster } from './roster.js';
import type { Column, Figures, Work } from './work.js';

const columns: readonly Column[] = [
  { figure: 'runs', head: 'plugin runs', rule: { better: 'less', given: 'well' } },
  { figure: 'well', head: 'ended well', rule: { better: 'more' } },
  { figure: 'ms', head: 'ms', label: 'time', rule: { better: 'less' } },
  { figure: 'acts', head: 'requests' },
];
const work: Work = { id: 'cold', title: '', note: '', columns, run: async () => new Map() };

function verdict(id: string, theirs: Figures, ours: Figures): string {
  const entrant = roster.find((each) => each.id === id) as (typeof roster)[number];
  const results = new Map([
    [id, theirs],
    ['keyturn', ours],
  ]);
  return verdictOf(judge(work, entrant, results), columns);
}

const ours = { runs: [1], well: [100], ms: [100], acts: [1] };

it('gives the reason beside a lead that has one', () => {
  expect(verdict('azure', { ...ours, ms: [50] }, ours)).toBe(
    'ahead in time: its first run loads execa',
  );
});

it('says so where a lead has no known reason', () => {
  expect(verdict('azure', { ...ours, runs: [0] }, ours)).toBe(
    'ahead in plugin runs: no reason known',
  );
});

it('gives no reason where there is no lead', () => {
  expect(verdict('azure', ours, ours)).toBe('level');
  expect(verdict('azure', { ...ours, ms: [200] }, ours)).toBe('behind');
});

it('counts nothing as a lead that comes of serving fewer', () => {
  expect(verdict('azure', { ...ours, runs: [0], well: [0] }, ours)).toBe('behind');
});

it('does not judge a figure without a rule', () => {
  expect(verdict('azure', { ...ours, acts: [0] }, ours)).toBe('level');
});

it('says nothing where nothing could be compared', () => {
  expect(verdict('azure', { runs: 'no window' }, ours)).toBe('');
  expect(verdict('keyturn', ours, ours)).toBe('');
});
