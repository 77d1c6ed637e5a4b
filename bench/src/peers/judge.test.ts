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
const work: Work = { id: 'cached', title: '', note: '', columns, run: async () => new Map() };

function verdict(id: string, theirs: Figures, ours: Figures): string {
  const entrant = roster.find((each) => each.id === id) as (typeof roster)[number];
  const results = new Map([
    [id, theirs],
    ['keyturn', ours],
  ]);
  return verdictOf(judge(work, entrant, results), columns);
}

const ours = { runs: [1], well: [100], ms: [100], acts: [1] };

it('says so where a lead has no known reason', () => {
  expect(verdict('azure', { ...ours, runs: [0] }, ours)).toBe(
    'ahead in plugin runs: no reason known',
  );
});

it('names each figure of a lead', () => {
  expect(verdict('azure', { ...ours, runs: [0], ms: [50] }, ours)).toBe(
    'ahead in plugin runs: no reason known; ahead in time: no reason known',
  );
});

it('sees no lead where there is none', () => {
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

it('says nothing of a peer that could not be measured to the end', () => {
  expect(verdict('azure', { ...ours, ms: [50], problem: 'not measured: gone' }, ours)).toBe('');
});
