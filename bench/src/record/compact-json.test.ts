import { expect, it } from 'vitest';
import { compactJson } from './compact-json.js';

const samples = Array.from({ length: 40 }, (_, atMs) => ({ atMs, waitedMs: 1.5, failed: false }));

it('can be read back', () => {
  const value = { name: 'x'.repeat(200), none: [], left: undefined, samples, deep: { a: [null] } };
  expect(JSON.parse(compactJson(value))).toEqual({ ...value, left: undefined });
});

it('puts a series of small things on one line, however long', () => {
  const lines = compactJson({ samples, name: 'load' }).split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[1]).toBe(`  "samples": ${JSON.stringify(samples)},`);
});

it('breaks up what is too wide and is no series', () => {
  const figures = Array.from({ length: 3 }, () => ({ text: 'x'.repeat(60), rate: { median: 1 } }));
  expect(compactJson(figures).split('\n')).toHaveLength(5);
});

it('keeps six significant digits of a fraction, and every digit of a whole number', () => {
  expect(compactJson([0.123456789, 1234.56789, 1_234_567_890])).toBe(
    '[0.123457,1234.57,1234567890]',
  );
});
