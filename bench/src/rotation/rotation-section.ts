import { exactly, withinLimit } from '../budget.js';
import type { BudgetLine, FigureTable, Section } from '../section.js';
import { type LatencySide, measureSides } from './latency-sides.js';
import { countThrough, type RotationCount, rotatingClients } from './rotation-load.js';

export const rotationSection: Section = {
  name: 'rotation',
  summary: 'what callers go through while token and certificate rotate',
  async run({ quick, say }) {
    const counts: RotationCount[] = [];
    for (const client of rotatingClients) {
      say(`rotation: ${client} under load`);
      counts.push(await countThrough(client, quick ? 12 : 120));
    }
    say('rotation: latency, beside the recipe of today');
    const sides = await measureSides(quick ? 7_000 : 17_000);
    return {
      budgets: counts.flatMap(budgetsOf),
      tables: [countTable(counts), latencyTable(sides)],
      data: { counts, sides },
    };
  },
};

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

function latencyTable(sides: readonly LatencySide[]): FigureTable {
  return {
    title:
      'How long callers wait while token and certificate rotate every 6 s, and getting one takes 400 ms',
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
