import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { absentees, counterpartOf, entrantsOf, roster, type WorkId } from './roster.js';

const newest = 99;

it('gives every entrant an id of its own', () => {
  expect(new Set(roster.map(({ id }) => id)).size).toBe(roster.length);
});

it('has a module for every peer', () => {
  const theirs = roster.filter(({ beside }) => beside !== undefined);
  for (const { module } of theirs) expect(existsSync(module), module.href).toBe(true);
});

it('judges every peer by a row of ours that takes part in the same work', () => {
  for (const entrant of roster) {
    for (const work of Object.keys(entrant.works) as WorkId[]) {
      const beside = counterpartOf(entrant, work);
      if (beside === undefined) continue;
      expect(
        entrantsOf(work, newest).map(({ id }) => id),
        `${entrant.id} in ${work}`,
      ).toContain(beside);
    }
  }
});

it('leaves out, by name, who needs a newer Node', () => {
  expect(entrantsOf('cold', 20).map(({ id }) => id)).not.toContain('client-node-2');
  expect(absentees(20).map(({ id }) => id)).toEqual(['client-node-2']);
  expect(absentees(newest)).toEqual([]);
});
