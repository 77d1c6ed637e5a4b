import { expect, it } from 'vitest';
import type { Arena, Seat } from './arena.js';
import { type Entrant, roster } from './roster.js';
import { inRounds, joined } from './rounds.js';

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

const contest = roster.filter(({ id }) => ['keyturn', 'azure'].includes(id));

/** Three rounds, and whose process was given up in the end. */
async function threeRounds(
  open: (seat: Seat) => Promise<void>,
  measure: (seat: Seat) => Promise<Record<string, number[]>>,
) {
  const ended: string[] = [];
  const arena = {
    entrantsOf: () => contest,
    say: () => {},
    seat: async (entrant: Entrant) => ({ entrant }),
    leave: async ({ entrant }: Seat, hasEnded: boolean) => {
      if (hasEnded) ended.push(entrant.id);
    },
  };
  const options = { rounds: 3, open, measure };
  return { results: await inRounds(arena as unknown as Arena, 'cached', options), ended };
}

it('asks a peer no more after the first round in which it could not be measured', async () => {
  const asked: string[] = [];
  const { results, ended } = await threeRounds(
    async () => {},
    async ({ entrant: { id } }) => {
      asked.push(id);
      if (id === 'azure') throw new Error('gone');
      return { ns: [1] };
    },
  );
  expect(asked.toSorted()).toEqual(['azure', 'keyturn', 'keyturn', 'keyturn']);
  expect(results.get('azure')).toEqual({ problem: 'not measured: gone' });
  expect(ended).toEqual(['azure']);
});

it('measures nothing of a peer that did not get ready', async () => {
  const { results, ended } = await threeRounds(
    async ({ entrant: { id } }) => {
      if (id === 'azure') throw new Error('no such module');
    },
    async () => ({ ns: [1] }),
  );
  expect(results.get('azure')).toEqual({ problem: 'not measured: no such module' });
  expect(results.get('keyturn')).toEqual({ ns: [1, 1, 1] });
  expect(ended).toEqual(['azure']);
});
