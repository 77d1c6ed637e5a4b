import Table from 'cli-table3';
import type { Paint } from './paint.js';

/** Lays rows out in columns: the first to the left, the others to the right, rules above and below. The feet come last. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  feet: readonly (readonly string[])[],
  paint: Paint,
): string {
  const rule = paint.dim('─');
  const table = new Table({
    head: head.map((title) => paint.bold(title)),
    colAligns: head.map((_, index) => (index === 0 ? 'left' : 'right')),
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 0 },
    // No vertical lines: nine columns have to fit into 80.
    chars: {
      ...{ top: rule, 'top-mid': rule, 'top-left': '', 'top-right': '' },
      ...{ bottom: rule, 'bottom-mid': rule, 'bottom-left': '', 'bottom-right': '' },
      ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '' },
      middle: ' ',
    },
  });
  table.push(...rows.map((row) => [...row]));
  table.push(...feet.map((row) => [...row]));
  return table.toString();
}

/** 12345 → 12,345 */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** 12345 → 12.3 */
export function seconds(ms: number): string {
  return (Math.max(0, ms) / 1_000).toFixed(1);
}

/** 1234.5 → 1,235 ms */
export function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${count(Math.round(ms))} ms`;
}
