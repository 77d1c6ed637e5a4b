/** Prints a table to the console: `rows` have a name and as many cells as there are columns. */
export function printTable(
  title: string,
  columns: readonly string[],
  rows: readonly (readonly [name: string, ...cells: string[]])[],
): void {
  const lines = [[title, ...columns], ...rows];
  const widths = [title, ...columns].map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const text = lines.map((line) => line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '));
  console.log(text.map((line) => line.trimEnd()).join('\n'));
}
