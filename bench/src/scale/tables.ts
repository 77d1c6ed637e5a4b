import type { FigureTable } from '../section.js';
import { type LoadFigures, longestMs } from './load.js';
import type { ManagerFigures } from './managers-program.js';

const grouped = (count: number): string => count.toLocaleString('en', { maximumFractionDigits: 0 });

export function managersTable(figures: readonly ManagerFigures[]): FigureTable {
  return {
    title: 'Many managers in one process',
    columns: [
      'managers',
      'heap, KiB each',
      'peek(), ns',
      'an object and a clock, ns',
      'acquire and release, µs',
    ],
    rows: figures.map(({ managers, bytesEach, peekNs, floorNs, acquireNs }) => [
      grouped(managers),
      (bytesEach / 1_024).toFixed(2),
      peekNs.toFixed(0),
      floorNs.toFixed(0),
      (acquireNs / 1_000).toFixed(2),
    ]),
    note: 'The heap is what each manager adds to the first, after a collection. Each holds a token of its own, and is asked in turn. A registry that holds as many configs is asked for each of them in turn.',
  };
}

export function loadTable({ points }: LoadFigures): FigureTable {
  return {
    title: 'Requests through rotations of token and certificate, 16 at a time',
    columns: [
      'requests',
      'rotations',
      'failures',
      'requests a second',
      'heap, MiB',
      'resident, MiB',
      'descriptors',
    ],
    rows: points
      .filter((_, index) => index % 4 === 0 || index === points.length - 1)
      .map((point) => [
        grouped(point.requests),
        grouped(point.rotations),
        grouped(point.failures),
        grouped((point.requests * 1_000) / point.elapsedMs),
        point.heapMiB.toFixed(2),
        point.residentMiB.toFixed(0),
        grouped(point.descriptors),
      ]),
    note: `By node:https and by undici, 50,000 each in turns. The server has counted the tokens: one more than there were rotations. Certificates come round again after twenty. The run ends early where the machine would need more than ${longestMs / 1_000} s.`,
  };
}
