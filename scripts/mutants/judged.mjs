// Reads test/mutants/judged.json: the mutants that no test can notice, or that none should, each with the reason.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/**
 * Entries `{ file, line, from, to, reason }`: `line` is that in which the mutated code begins, `from` and `to` are what
 * stands there and what is put in its place. `times` says how often such a line stands in the file, where that is not once.
 */
export function readJudged() {
  return JSON.parse(readFileSync(resolve(root, 'test/mutants/judged.json'), 'utf8'));
}

/**
 * Describes a mutant of a report without line numbers, which move.
 * @param source of its file
 */
export function describeMutant(file, source, { location, replacement }) {
  const lines = source.split('\n');
  return {
    file,
    line: lines[location.start.line - 1].trim(),
    from: shorten(textAt(lines, location)),
    to: shorten(replacement),
  };
}

/** Returns the entry that judges a mutant, if one does. */
export function findJudgement(judged, mutant) {
  return judged.find((entry) =>
    ['file', 'line', 'from', 'to'].every((name) => entry[name] === mutant[name]),
  );
}

/** @param location of StrykerJS: lines and columns count from 1 */
function textAt(lines, { start, end }) {
  const text = lines.slice(start.line - 1, end.line);
  text[text.length - 1] = text.at(-1).slice(0, end.column - 1);
  text[0] = text[0].slice(start.column - 1);
  return text.join('\n');
}

/** A block that is emptied can be long; its beginning tells which one it is. */
function shorten(text) {
  const words = text.trim().replace(/\s+/g, ' ');
  return words.length > 80 ? `${words.slice(0, 79)}…` : words;
}
