import type { Paint } from './paint.js';
import { type ClientReport, complaints, type DemoReport, totalOf } from './report.js';
import { count, milliseconds, renderTable, seconds } from './table.js';

const head = [
  'client',
  'requests',
  'failed',
  'plugin\nruns',
  'rotations\n(cert.)',
  'replays',
  'opened',
  'drained',
  'slowest\nrotation',
] as const;

/** The one table at the end, with the verdict below it. */
export function renderSummary(report: DemoReport, paint: Paint): string {
  const shared = [
    count(report.pluginRuns),
    `${count(report.rotations)} (${count(report.certificateRotations)})`,
  ];
  // One manager serves all clients, so runs and rotations belong to none of them.
  const rows = report.clients.map((client) => row(client.name, client, ['', ''], paint));
  const total = row('total', totalOf(report.clients), shared, paint).map((cell) =>
    paint.bold(cell),
  );
  const { bare } = report;
  const feet = bare === undefined ? [total] : [total, row(bare.name, bare, ['', ''], paint)];
  return [renderTable(head, rows, feet, paint), ...verdict(report, paint)].join('\n');
}

function row(
  name: string,
  report: ClientReport,
  shared: readonly string[],
  paint: Paint,
): string[] {
  const { requests, failures, replays, opened, drained, slowestInRotationMs } = report;
  return [
    name,
    count(requests),
    failures === 0 ? '0' : paint.red(count(failures)),
    ...shared,
    count(replays),
    count(opened),
    count(drained),
    milliseconds(slowestInRotationMs),
  ];
}

function verdict(report: DemoReport, paint: Paint): readonly string[] {
  const found = complaints(report);
  if (found.length > 0) return found.map((complaint) => paint.red(` ✗ ${complaint}`));
  const time = `${seconds(report.elapsedMs)} s${report.interrupted ? ', ended early' : ''}`;
  const { bare } = report;
  const beside =
    bare === undefined ? '' : `; of bare axios, ${count(bare.failures)} of ${count(bare.requests)}`;
  return [paint.green(` ✓ no request failed in ${time}${beside}`)];
}
