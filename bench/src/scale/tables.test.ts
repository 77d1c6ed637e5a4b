import { expect, it } from 'vitest';
import type { LoadFigures } from './load.js';
import { loadTable, managersTable } from './tables.js';

const loadOf = (count: number): LoadFigures => ({
  arrivals: { connections: 64, tokens: 2, certificates: 2 },
  points: Array.from({ length: count }, (_, index) => ({
    requests: (index + 1) * 1_000,
    elapsedMs: (index + 1) * 500,
    heapMiB: 9,
    residentMiB: 90,
    descriptors: 50,
    rotations: index,
    failures: 0,
  })),
});

it('shows every fourth point, and the last', () => {
  const { rows } = loadTable(loadOf(7));
  expect(rows.map(([requests]) => requests)).toEqual(['1,000', '5,000', '7,000']);
});

it('tells the rate from the start up to each point', () => {
  const { columns, rows } = loadTable(loadOf(1));
  expect(rows[0]?.[columns.indexOf('requests a second')]).toBe('2,000');
});

it('gives the units that the head of the table names', () => {
  const figures = { managers: 10, bytesEach: 2_048, peekNs: 42.4, floorNs: 41, acquireNs: 4_500 };
  expect(managersTable([figures]).rows).toEqual([['10', '2.00', '42', '41', '4.50']]);
});
