import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { FigureTable } from '../section.js';

/** The space on either side of a cell. */
const padding = 2;

/**
 * Columns and rows with lines around them.
 *
 * @param columns the width of the terminal, which is kept to as long as no word has to be cut
 */
export function terminalTable({ columns: head, rows }: FigureTable, columns: number): string {
  const table = new Table({
    head: [...head],
    colWidths: fittingWidths([head, ...rows], columns - head.length - 1),
    wordWrap: true,
    style: { head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** As wide as the cells are, less what is too much: taken from the widest that still has more than its longest word. */
function fittingWidths(rows: FigureTable['rows'], room: number): number[] {
  const widths = widthsOf(rows, (cell) => [cell]);
  const leastWidths = widthsOf(rows, (cell) => cell.split(' '));
  const sum = (): number => widths.reduce((total, width) => total + width, 0);
  while (sum() > room) {
    const narrowable = widths.map((width, index) =>
      width > (leastWidths[index] ?? 0) ? width : 0,
    );
    const widest = Math.max(...narrowable);
    if (widest === 0) break;
    widths[narrowable.indexOf(widest)] = widest - 1;
  }
  return widths;
}

/** The width that each column needs for the longest of the parts of its cells. */
function widthsOf(rows: FigureTable['rows'], partsOf: (cell: string) => string[]): number[] {
  const [head = []] = rows;
  return head.map((_, index) => {
    const cells = rows.map((row) => stripVTControlCharacters(row[index] ?? ''));
    return padding + Math.max(...cells.flatMap(partsOf).map((part) => part.length));
  });
}
