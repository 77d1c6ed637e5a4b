import { describe, expect, it } from 'vitest';
import { exceedsMarks, scanJson } from './structure.js';

const limits = { maxDepth: 3, maxMarks: 20 };

describe('a scan of JSON', () => {
  it.each([
    ['{}', 2],
    ['  {"a": [1, {"b": "}"}]} rest', 24],
    ['{"\\"}": "\\\\"} rest', 13],
  ])('finds where the first object of %s ends', (text, end) => {
    expect(scanJson(text, limits)).toEqual({ end, excess: undefined });
  });

  it.each(['{', '{"a": "}', '{"a": [}', '{"\\'])('finds no end of %s', (text) => {
    const { end } = scanJson(`${text}`, limits);
    if (text !== '{"a": [}') expect(end).toBeUndefined();
    expect(scanJson(text, limits).excess).toBeUndefined();
  });

  it('stops where it is too deep or too much, and not for what stands in strings', () => {
    expect(scanJson('{"a": {"b": {"c": 1}}}', limits).excess).toBeUndefined();
    expect(scanJson('{"a": {"b": {"c": {}}}}', limits).excess).toBe('depth');
    expect(scanJson(`{"a": [${'0,'.repeat(21)}]}`, limits).excess).toBe('marks');
    expect(scanJson(`{"a": "${'[{,:'.repeat(99)}"}`, limits)).toMatchObject({ excess: undefined });
  });
});

describe('the marks of a YAML text', () => {
  const marksOf = (text: string): number => {
    let marks = 0;
    while (exceedsMarks(text, marks)) marks += 1;
    return marks;
  };

  it.each([
    ['short lines', 'ab\n', 1],
    ['keys', 'key: v\n', 2],
    ['items', '- item\n', 2],
    ['items in items', '- ', 1],
    ['complex keys', '? ', 1],
    ['flow style', '[]{},', 5],
    ['anchors and aliases', '&a *a ', 2],
    ['tags', '!a ', 1],
    ['quotes', '"\'', 2],
    ['escapes', '\\n', 1],
    ['colons', ':', 1],
    ['comments', '#\n', 2],
    ['directives', '%a\n', 2],
  ])('count %s', (_, text, each) => {
    const marks = marksOf(text.repeat(100));
    expect(marks).toBeGreaterThanOrEqual(100 * each);
    expect(marks).toBeLessThanOrEqual(125 * each);
  });

  it('count no base64, in one line or folded, and blanks and dashes a sixteenth', () => {
    expect(marksOf('QUJDRA+/'.repeat(10_000))).toBe(0);
    expect(marksOf(`${'QUJDRA+/'.repeat(8)}\n`.repeat(1_000))).toBe(0);
    expect(marksOf(`${' '.repeat(60)}${'QUJDRA+/'.repeat(8)}\n`.repeat(1_000))).toBe(0);
    expect(marksOf(' '.repeat(1_664))).toBe(100);
    expect(marksOf('-'.repeat(1_600))).toBe(100);
  });
});
