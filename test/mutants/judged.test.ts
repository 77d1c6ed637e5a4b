import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, textOf } from '../source-files.js';

/** A mutant that no test can notice, as `npm run test:mutants -- --survivors` describes it. */
interface Judgement {
  readonly file: string;
  /** In which the mutated code begins. */
  readonly line: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  /** How often the line stands in the file. Default 1. */
  readonly times?: number;
}

const judgements: readonly Judgement[] = JSON.parse(textOf('test/mutants/judged.json'));

const joined = (text: string): string => text.replace(/\s+/g, ' ');

/** The places of the file where the code that is judged stands, as far as one can see without parsing. */
function placesOf({ file, line, from }: Judgement): number {
  if (!existsSync(join(root, file))) return 0;
  const lines = textOf(file).split('\n');
  const begins = joined(from.replace(/…$/, ''));
  return lines.filter(
    (each, index) => each.trim() === line && joined(lines.slice(index).join('\n')).includes(begins),
  ).length;
}

it('judges no mutant of code that is gone, nor of more places than it says', () => {
  const wrong = judgements.filter((entry) => placesOf(entry) !== (entry.times ?? 1));
  expect(wrong).toEqual([]);
});

it('judges no mutant without a reason, and none twice', () => {
  for (const { reason } of judgements) expect(reason).toMatch(/^\p{Lu}.{20,}\.$/u);
  const names = judgements.map(({ file, line, from, to }) => [file, line, from, to].join('\n'));
  expect(new Set(names).size).toBe(names.length);
});

it('would notice code that has changed', () => {
  const entry = { file: 'package.json', line: '"private": true,', from: 'true', to: 'false' };
  expect(placesOf({ ...entry, reason: '' })).toBe(1);
  expect(placesOf({ ...entry, line: '"private": false,', reason: '' })).toBe(0);
  expect(placesOf({ ...entry, from: 'not there at all', reason: '' })).toBe(0);
  expect(placesOf({ ...entry, file: 'package-of-yore.json', reason: '' })).toBe(0);
});
