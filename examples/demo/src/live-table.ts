import { createLogUpdate } from 'log-update';
import type { Paint } from './paint.js';
import { type ClientReport, type DemoReport, totalOf } from './report.js';
import { count, milliseconds, renderTable, seconds } from './table.js';
import type { DemoView } from './view.js';

const width = 80;
const head = [
  // Filled up, so that the table is as wide as the bars above it.
  'client'.padEnd(13),
  'requests',
  'per s',
  'failed',
  'replays',
  'connections',
  'drained',
  'slowest\nrotation',
] as const;

/** A picture on a terminal that is drawn anew several times a second. */
export function liveTable(stream: NodeJS.WriteStream, paint: Paint): DemoView {
  const draw = createLogUpdate(stream);
  let title = '';
  let picture = '';
  return {
    begin: ({ clients, lifetimeMs }, url) => {
      const what = `${clients.join(', ')} → ${url}, credentials live ${lifetimeMs / 1_000} s`;
      title = `${paint.bold(' Keyturn')}  ${paint.dim(what)}`;
    },
    event: (atMs, text) => {
      // Above the picture, where it stays when the picture has gone.
      draw.persist(` ${paint.dim(`${seconds(atMs).padStart(5)} s`)}  ${text.slice(0, width - 10)}`);
      draw(picture);
    },
    update: (report) => {
      const parts = [
        title,
        progress(report, paint),
        credential(report, paint),
        table(report, paint),
      ];
      picture = ['', ...parts].join('\n');
      draw(picture);
    },
    end: () => {
      draw.clear();
      draw.done();
    },
  };
}

function progress({ elapsedMs, options: { durationMs } }: DemoReport, paint: Paint): string {
  const left = `${seconds(durationMs - elapsedMs)} s left`.padStart(12);
  return ` ${bar(elapsedMs / durationMs, width - 1 - left.length, paint.cyan, paint)}${left}`;
}

function credential({ credential: held, options }: DemoReport, paint: Paint): string {
  const { generation, certificateGeneration, expiresInMs } = held;
  const names = `credential ${generation}, certificate ${certificateGeneration}`.padEnd(32);
  const left = expiresInMs === undefined ? '' : `expires in ${seconds(expiresInMs)} s`.padStart(20);
  const life = (expiresInMs ?? 0) / options.lifetimeMs;
  return ` ${names}${bar(life, width - 33 - left.length, paint.yellow, paint)}${left}`;
}

function bar(
  share: number,
  length: number,
  colour: (text: string) => string,
  paint: Paint,
): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * length);
  return colour('━'.repeat(full)) + paint.dim('─'.repeat(length - full));
}

function table(report: DemoReport, paint: Paint): string {
  const cells = (name: string, client: ClientReport): string[] => [
    name,
    count(client.requests),
    count(Math.round(client.requests / Math.max(1, report.elapsedMs / 1_000))),
    client.failures === 0 ? paint.green('0') : paint.red(count(client.failures)),
    count(client.replays),
    count(client.opened - client.drained),
    count(client.drained),
    milliseconds(client.slowestInRotationMs),
  ];
  const rows = report.clients.map((client) => cells(client.name, client));
  const total = cells('total', totalOf(report.clients)).map((cell) => paint.bold(cell));
  const feet = rows.length > 1 ? [total] : [];
  if (report.bare !== undefined) feet.push(cells(report.bare.name, report.bare));
  return renderTable(head, rows, feet, paint);
}
