import { expect, it } from 'vitest';
import { joined } from './rounds.js';

it('joins the figures of all rounds, in their order', () => {
  const rounds = [new Map([['a', { ms: [1] }]]), new Map([['a', { ms: [2] }]])];
  expect(joined(rounds).get('a')).toEqual({ ms: [1, 2] });
});

it('keeps what only one round gave', () => {
  const rounds = [new Map([['a', { ms: [1], runs: 'not tried' }]]), new Map([['a', {}]])];
  expect(joined(rounds).get('a')).toEqual({ ms: [1], runs: 'not tried' });
});

it('keeps the words of a round that could not be measured', () => {
  const rounds = [new Map([['a', { ms: [1] }]]), new Map([['a', { problem: 'gone' }]])];
  expect(joined(rounds).get('a')).toEqual({ ms: [1], problem: 'gone' });
});
