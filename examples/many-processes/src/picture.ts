import type { LoginReport } from './login-provider.js';
import type { Worker } from './workers.js';

const head = ['process', 'state', 'requests', 'failed', 'hits', 'waits', 'loads', 'takeovers'];
const widths = [7, 8, 8, 6, 6, 6, 6, 9];

/** What is known at one moment, as lines. */
export function picture(workers: readonly Worker[], login: LoginReport, place: string): string {
  const rows = workers.map(({ number, state, report }) => [
    ...[String(number), state === 'runs' ? '' : state],
    ...[report.served, report.failed, report.hits, report.waits, report.loads, report.takeovers],
  ]);
  return [
    `One login in ${place}`,
    '',
    line(head),
    ...rows.map(line),
    '',
    ...summary(workers, login),
  ].join('\n');
}

function summary(workers: readonly Worker[], login: LoginReport): string[] {
  const sum = (name: 'served' | 'failed' | 'loads' | 'takeovers'): number =>
    workers.reduce((total, { report }) => total + report[name], 0);
  const why = new Set(workers.flatMap(({ report: { failure } }) => failure ?? []));
  const because = why.size > 0 ? ` (${[...why].join(', ')})` : '';
  const state = login.isRevoked ? 'REVOKED' : 'good';
  return [
    `${sum('served')} requests served, ${sum('failed')} failed${because} by ${workers.length} processes`,
    `${login.refreshes} refreshes, ${login.repeats} repeated, ${login.reuses} reuses; the login is ${state}; ${sum('takeovers')} leases taken over`,
  ];
}

function line(cells: readonly (string | number)[]): string {
  return cells
    .map((cell, index) => {
      const width = widths[index] ?? 0;
      return index === 1 ? String(cell).padEnd(width) : String(cell).padStart(width);
    })
    .join('  ');
}
