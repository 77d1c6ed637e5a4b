import { expect, it } from 'vitest';
import type { Arena } from '../arena.js';
import type { Stretch } from '../peer-program.js';
import { type Entrant, roster } from '../roster.js';
import type { Figures } from '../work.js';
import { sequential } from './sequential.js';

const contest = roster.filter(({ id }) => ['keyturn-https', 'azure'].includes(id));

/** A server and processes in which a request takes what `msOf` says, and each turn opens a connection. */
async function measureWith(msOf: (entrant: string, side: Stretch['side']) => number) {
  let connections = 0;
  const asked: string[] = [];
  const childOf = (entrant: Entrant) => ({
    ask: async (question: string, details: unknown) => {
      asked.push(`${entrant.id} ${question}`);
      if (question !== 'inTurns') return undefined;
      connections += 1;
      return msOf(entrant.id, (details as Stretch).side);
    },
  });
  const arena = {
    quick: true,
    server: { ask: async () => connections },
    introductions: new Map(contest.map(({ id }) => [id, {}])),
    entrantsOf: () => contest,
    introduce: async () => {},
    say: () => {},
    setting: async () => ({}),
    seat: async (entrant: Entrant) => ({ entrant, child: childOf(entrant), setting: {} }),
    leave: async () => {},
  };
  return { results: await sequential.run(arena as unknown as Arena), asked };
}

const figuresOf = (results: ReadonlyMap<string, Figures>, id: string): Figures =>
  results.get(id) ?? {};

it('divides the time of a peer by that of Keyturn in the same process', async () => {
  const { results } = await measureWith((entrant, side) => {
    if (entrant === 'keyturn-https') return 1;
    return side === 'own' ? 6 : 4;
  });
  const { ms, ratio } = figuresOf(results, 'azure');
  expect(ms).toEqual([6, 6]);
  expect(new Set(ratio as readonly number[])).toEqual(new Set([1.5]));
  expect(figuresOf(results, 'keyturn-https')['ratio']).toEqual([1, 1]);
});

it("counts the connections of the peer, and not those of Keyturn's client beside it", async () => {
  const { results } = await measureWith(() => 1);
  expect(figuresOf(results, 'azure')['connections']).toEqual([2]);
});

it('opens both clients anew once the code is warm', async () => {
  const { asked } = await measureWith(() => 1);
  const opening = asked.filter((each) => each.startsWith('azure')).slice(0, 5);
  expect(opening.map((each) => each.split(' ')[1])).toEqual([
    'open',
    'openBeside',
    'warmUp',
    'open',
    'openBeside',
  ]);
});
