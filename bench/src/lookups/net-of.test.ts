import { expect, it } from 'vitest';
import { netOf } from './net-of.js';

it('takes from each figure what the floor took in the same round', () => {
  const rounds = [
    new Map([
      ['floor', 1],
      ['subject', 10],
    ]),
    new Map([
      ['floor', 3],
      ['subject', 14],
    ]),
  ];
  expect(netOf(rounds, 'floor').get('subject')).toEqual([9, 11]);
});

it('leaves the floor itself as it was measured', () => {
  expect(netOf([new Map([['floor', 1]])], 'floor').get('floor')).toEqual([1]);
});

it('takes nothing where no floor was measured', () => {
  expect(netOf([new Map([['subject', 10]])], 'floor').get('subject')).toEqual([10]);
});
