import { exactly, withinLimit } from '../budget.js';
import type { BenchContext, BudgetLine, FigureTable, Section } from '../section.js';
import { type LatencySide, measureSides, type Pace } from './latency-sides.js';
import { countThrough, type RotationCount, rotatingClients } from './rotation-load.js';

export const rotationSection: Section = {
  name: 'rotation',
  summary: 'what callers go through while token and certificate rotate',
  async run({ quick, say }) {
    const counts = await countEach({ quick, say });
    say('rotation: latency, beside the recipe of today');
    const pace = quick ? quickPace : wholePace;
    const sides = await measureSides(pace, quick ? 2 : 1);
    return {
      budgets: counts.flatMap(budgetsOf),
      tables: [countTable(counts), latencyTable(sides, pace)],
      data: { counts, sides },
    };
  },
};

/** Short lives, but long enough for a refresh window that a load fits into; a load takes what `aws eks get-token` does. */
const wholePace: Pace = { durationMs: 16_000, lifetimeMs: 6_000, loadMs: 400 };
const quickPace: Pace = { durationMs: 3_500, lifetimeMs: 3_000, loadMs: 200 };

async function countEach({ quick, say }: BenchContext): Promise<RotationCount[]> {
  // At the same time, the two would be no load as heavy as one alone.
  if (quick) return Promise.all(rotatingClients.map((client) => countThrough(client, 12)));
  const counts: RotationCount[] = [];
  for (const client of rotatingClients) {
    say(`rotation: ${client} under load`);
    counts.push(await countThrough(client, 120));
  }
  return counts;
}

function budgetsOf(count: RotationCount): BudgetLine[] {
  const { client, rotations, failed, stale, concurrency, sockets } = count;
  const times = `while the certificate rotates ${rotations} times`;
  return [
    exactly(0, failed, `${client}: requests failed ${times}`),
    exactly(0, stale, `${client}: requests answered with an old identity ${times}`),
    withinLimit(sockets, concurrency, {
      what: `${client}: sockets left open after those rotations`,
      figure: String(sockets),
      budget: `≤ ${concurrency}`,
    }),
  ];
}

function countTable(counts: readonly RotationCount[]): FigureTable {
  return {
    title: 'Requests while the certificate rotates under load',
    columns: ['client', 'rotations', 'requests', 'failed', 'old identity', 'sockets left'],
    rows: counts.map((count) => [
      count.client,
      ...[count.rotations, count.requests, count.failed, count.stale, count.sockets].map(String),
    ]),
  };
}

function latencyTable(sides: readonly LatencySide[], { lifetimeMs, loadMs }: Pace): FigureTable {
  return {
    title: `How long callers wait while token and certificate rotate every ${lifetimeMs / 1_000} s, and getting one takes ${loadMs} ms`,
    columns: ['side', 'requests', 'failed', 'median, ms', 'p99, ms', 'slowest, ms'],
    rows: sides.map(({ name, requests, failed, medianMs, p99Ms, slowestMs }) => [
      name,
      String(requests),
      String(failed),
      ...[medianMs, p99Ms, slowestMs].map((ms) => ms.toFixed(1)),
    ]),
    note: 'One request in eight takes the server 150 ms.',
  };
}
