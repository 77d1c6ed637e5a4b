import { describe, expect, it } from 'vitest';
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

it('is over at once where a failure is final, until another one is not or a load succeeds', () => {
  const patience = afterFailures(1, { name: 's', load });
  patience.failed(0, true);
  expect([patience.isOver, patience.unanswered, patience.restMs]).toEqual([true, 0, 0]);
  patience.failed(0);
  expect(patience.isOver).toBe(false);
  patience.failed(0, true);
  patience.succeeded();
  expect(patience.isOver).toBe(false);
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

describe('where a source can only guess that it asked', () => {
  const guessing = { name: 's', load, mayHaveAsked: () => 'perhaps' as const };

  it('is never over, and rests longer and longer, for an hour in the end', () => {
    const rests = [2, 3, 4, 5, 6, 100].map((count) => afterFailures(count, guessing).restMs);
    expect(rests).toEqual([0, 600_000, 1_200_000, 2_400_000, 3_600_000, 3_600_000]);
    expect(afterFailures(1_000, guessing).isOver).toBe(false);
  });

  it('rests no longer once a load has succeeded', () => {
    const patience = afterFailures(9, guessing);
    patience.succeeded();
    expect([patience.restMs, patience.unanswered]).toEqual([0, 0]);
  });

  it('counts the loads that perhaps asked with those that did, but does not end for them', () => {
    const answers = [true, 'perhaps', true] as const;
    let next = 0;
    const mixed = { name: 's', load, mayHaveAsked: () => answers[next++] ?? false };
    const patience = afterFailures(3, mixed);
    expect([patience.isOver, patience.unanswered, patience.restMs]).toEqual([false, 3, 600_000]);
  });
});
