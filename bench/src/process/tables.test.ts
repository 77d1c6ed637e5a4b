import { expect, it } from 'vitest';
import { spreadOf } from '../paired.js';
import { contestTable, importTable, summarise } from './tables.js';

const cost = (cpuMs: number, wallMs: number) => ({ cpuMs, wallMs });
const contest = { name: 'ours', beside: 'theirs', ours: [], theirs: [], task: {} };

it('compares the two programs of each pair, and processor time apart from time', () => {
  const pairs = [
    { ours: cost(110, 300), theirs: cost(100, 100) },
    { ours: cost(220, 600), theirs: cost(200, 200) },
  ];
  const [row] = contestTable('', [summarise(contest, pairs)]).rows;
  expect(row?.[4]).toMatch(/^1\.10/);
  expect(row?.[5]).toMatch(/^3\.00/);
});

it('says over what an entry point was measured', () => {
  const figures = { name: '', importMs: spreadOf([120]), differenceMs: spreadOf([20]) };
  const rows = importTable([
    { ...figures, client: 'axios' },
    { ...figures, client: undefined },
  ]).rows;
  expect(rows.map(([, over]) => over)).toEqual(['axios', 'an empty module']);
});
