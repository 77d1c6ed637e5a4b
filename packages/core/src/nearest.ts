/**
 * Returns the one of `names` that was probably meant by `word`: the same but for case and hyphens, one that begins like it, or
 * one that is a slip of the keyboard away. Undefined where nothing is near.
 */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (word === '') return undefined;
  const folded = fold(word);
  const isMeant = [
    (name: string) => name === folded,
    (name: string) => folded.length > 3 && name.startsWith(folded),
    (name: string) => slips(folded, name) <= (folded.length > 7 ? 2 : 1) && folded.length > 3,
  ];
  for (const test of isMeant) {
    const found = names.find((name) => test(fold(name)));
    if (found !== undefined) return found;
  }
  return undefined;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** How many letters were left out, added or exchanged between two words. */
function slips(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 2) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1];
    for (let index = 0; index < other.length; index += 1) {
      const same = (row[index] ?? 0) + (letter === other[index] ? 0 : 1);
      next.push(Math.min(same, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
