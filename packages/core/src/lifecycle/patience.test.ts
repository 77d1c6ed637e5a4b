import { expect, it } from 'vitest';
import { Patience } from './patience.js';

const load = async () => ({ token: 'x' });
const asking = { name: 'asks', load, isInteractive: () => true };

function afterFailures(
  count: number,
  source: ConstructorParameters<typeof Patience>[0]['source'],
  tookMs = 0,
) {
  const patience = new Patience({ source, giveUpAfter: 3 });
  for (let index = 0; index < count; index += 1) patience.failed(tookMs);
  return patience;
}

it('is over after so many failures that asked a person, and not before', () => {
  expect(afterFailures(2, asking).isOver).toBe(false);
  expect(afterFailures(3, asking).isOver).toBe(true);
});

it('begins anew when a load succeeds', () => {
  const patience = afterFailures(3, asking);
  patience.succeeded();
  expect([patience.isOver, patience.unanswered]).toEqual([false, 0]);
});

it.each([
  ['never asks', { name: 's', load }],
  ['says it does not ask', { name: 's', load, isInteractive: () => false }],
  ['says it has not asked', { ...asking, mayHaveAsked: () => false }],
  [
    'cannot tell',
    {
      name: 's',
      load,
      isInteractive: () => {
        throw new Error('?');
      },
    },
  ],
])('never ends for a source that %s', (_, source) => {
  expect(afterFailures(1_000, source).isOver).toBe(false);
});

it('leaves it to the source whether a load of that length may have asked', () => {
  const source = { name: 's', load, mayHaveAsked: (tookMs: number) => tookMs >= 1_000 };
  expect(afterFailures(3, source, 999).isOver).toBe(false);
  expect(afterFailures(3, source, 1_000).isOver).toBe(true);
});
