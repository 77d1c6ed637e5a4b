import { expect, it } from 'vitest';
import { lossesOf } from './losses.js';

it('names every event and POST that did not arrive exactly once', () => {
  const ledger = { events: 3, posts: [1, 3, 3] };
  const posts = { sent: 3, failures: ['POST 2: socket hang up'] };
  expect(lossesOf(ledger, [1, 3], posts)).toEqual([
    'POST 2: socket hang up',
    'event 2 arrived 0 times',
    'POST 2 arrived 0 times',
    'POST 3 arrived 2 times',
  ]);
  expect(lossesOf({ events: 2, posts: [2, 1] }, [1, 2], { sent: 2, failures: [] })).toEqual([]);
});
