import { exactly, withinLimit } from '../budget.js';
import type { BenchContext, BudgetLine, Section, SectionResult } from '../section.js';
import { growthExponent, growthPerMillion } from './growth.js';
import { type LoadFigures, type LoadPoint, measureLoad } from './load.js';
import { measureManagers } from './managers.js';
import type { ManagerFigures } from './managers-program.js';
import { loadTable, managersTable } from './tables.js';

// What fewer managers weigh is little beside what a heap comes and goes by; it stands in the table only.
const fewestJudged = 100;

/** Whether anything grows that should not: with the number of managers, of requests, of rotations. */
export const scaleSection: Section = {
  name: 'scale',
  summary: '10,000 managers in one process; 1,000,000 requests through 1,000 rotations',
  run: async (context: BenchContext): Promise<SectionResult> => {
    const [managers, load] = await measureBoth(context);
    return {
      budgets: [...loadBudgets(load), ...managerBudgets(managers)],
      tables: [managersTable(managers), loadTable(load)],
      data: { managers, requests: load.points, arrivals: load.arrivals },
    };
  },
};

/** One after the other, unless it is for a look. */
async function measureBoth(context: BenchContext): Promise<[ManagerFigures[], LoadFigures]> {
  if (context.quick) return Promise.all([measureManagers(context), measureLoad(context)]);
  return [await measureManagers(context), await measureLoad(context)];
}

const mostGrowthMiB = 2;

/** Requests after which the code is optimised and every cache is full. */
const settledAfter = 100_000;

function loadBudgets({ points }: LoadFigures): BudgetLine[] {
  const [warm, last] = [points[0], points.at(-1)] as [LoadPoint, LoadPoint];
  const growthMiB = last.heapMiB - warm.heapMiB;
  return [
    withinLimit(growthMiB, mostGrowthMiB, {
      what: 'heap after 1,000,000 requests and 1,000 rotations − after 10,000 requests',
      figure: `${growthMiB.toFixed(2)} MiB${shortRun(last)}`,
      budget: `≤ ${mostGrowthMiB} MiB`,
    }),
    ...slopeLines(points),
    {
      ...exactly(0, last.failures, 'requests failed of 1,000,000, through 1,000 rotations'),
      figure: `${last.failures}${shortRun(last)}`,
    },
  ];
}

/** The first point may be high by chance, and hide a growth behind it. None where no two points tell of a settled heap. */
function slopeLines(points: readonly LoadPoint[]): BudgetLine[] {
  const later = points.filter(({ requests }) => requests >= settledAfter);
  if (later.length < 2) return [];
  const heap = later.map(({ requests, heapMiB }) => ({ size: requests, value: heapMiB }));
  const slopeMiB = growthPerMillion(heap);
  const line = withinLimit(slopeMiB, mostGrowthMiB, {
    what: 'heap: slope of the line through all points from 100,000 requests on',
    figure: `${slopeMiB.toFixed(2)} MiB per 1,000,000`,
    budget: `≤ ${mostGrowthMiB} MiB per 1,000,000`,
  });
  return [line];
}

/** Says so where a figure stands for less than its line promises. */
function shortRun({ requests, rotations }: LoadPoint): string {
  return requests === 1_000_000
    ? ''
    : ` (${requests.toLocaleString('en')} requests and ${rotations.toLocaleString('en')} rotations only)`;
}

function managerBudgets(figures: readonly ManagerFigures[]): BudgetLine[] {
  const heap = figures
    .filter(({ managers }) => managers >= fewestJudged)
    .map(({ managers, bytesEach }) => ({ size: managers, value: managers * bytesEach }));
  const timesOf = (name: 'peekNs' | 'acquireNs') =>
    figures.map((each) => ({ size: each.managers, value: each[name] }));
  return [
    powerLine('heap of N managers', growthExponent(heap), 1.05),
    powerLine('peek() on one of N managers', growthExponent(timesOf('peekNs')), 0.1),
    powerLine('registry.acquire() among N configs', growthExponent(timesOf('acquireNs')), 0.1),
  ];
}

/** Flat is a power of 0 and linear one of 1; what is above is left for caches that grow too small. */
function powerLine(what: string, exponent: number, most: number): BudgetLine {
  return withinLimit(exponent, most, {
    what: `${what}: grows as`,
    figure: `N^${exponent.toFixed(2)}`,
    budget: `≤ N^${most}`,
  });
}
