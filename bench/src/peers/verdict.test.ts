import { expect, it } from 'vitest';
import { standingOf } from './verdict.js';

const less = { better: 'less' } as const;
const more = { better: 'more' } as const;

it('sees a peer ahead whose count is smaller where less is better', () => {
  expect(standingOf([1], [2], less)).toBe('ahead');
  expect(standingOf([1], [2], more)).toBe('behind');
});

it('sees a peer behind whose count is larger where less is better', () => {
  expect(standingOf([100], [1], less)).toBe('behind');
  expect(standingOf([500], [1], more)).toBe('ahead');
});

it('calls equal counts level, zero too', () => {
  expect(standingOf([1, 1, 1], [1, 1, 1], less)).toBe('level');
  expect(standingOf([0], [0], less)).toBe('level');
});

it('sees no lead where the middle halves touch', () => {
  expect(standingOf([80, 90, 100, 110], [95, 105, 115, 125], less)).toBe('level');
});

it('sees no lead in less than a twentieth', () => {
  expect(standingOf([97, 97, 97], [100, 100, 100], less)).toBe('level');
  expect(standingOf([94, 94, 94], [100, 100, 100], less)).toBe('ahead');
});

it('sees no lead below the resolution of the figure', () => {
  expect(standingOf([3], [6], { better: 'less', resolution: 5 })).toBe('level');
  expect(standingOf([3], [9], { better: 'less', resolution: 5 })).toBe('ahead');
});

it('wants half of a difference from what was measured once, unless it was counted', () => {
  expect(standingOf([100.5], [179.5], less)).toBe('level');
  expect(standingOf([80.5], [179.5], less)).toBe('ahead');
  expect(standingOf([100], [179], less)).toBe('ahead');
});

it('judges nothing that was not measured on both sides', () => {
  expect(standingOf('no window', [1], less)).toBeUndefined();
  expect(standingOf([1], '', less)).toBeUndefined();
  expect(standingOf([], [1], less)).toBeUndefined();
});
