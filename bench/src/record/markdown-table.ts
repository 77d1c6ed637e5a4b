import type { FigureTable } from '../section.js';

/** Columns and rows; title and note stand around it. Columns of figures are set to the right. */
export function markdownTable({ columns, rows }: FigureTable): string {
  const marks = columns.map((_, index) => (isNumeric(rows, index) ? '--:' : '---'));
  const lines = [columns, marks, ...rows];
  return lines.map((cells) => `| ${cells.map(escaped).join(' | ')} |`).join('\n');
}

const escaped = (cell: string): string => cell.replaceAll('|', '\\|').replaceAll('\n', ' ');

function isNumeric(rows: FigureTable['rows'], index: number): boolean {
  return rows.length > 0 && rows.every((row) => /^(?:–|[-\d.,]+)?$/.test(row[index] ?? ''));
}
