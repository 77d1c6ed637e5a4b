import { colours, plotOf, powersOfTen } from './style.mjs';

const { blue, red, rule, ink } = colours;
const calls = {
  acquireNs: 'acquire() and release()',
  peekNs: 'peek()',
  floorNs: 'plain objects',
};

/**
 * What grows with the number of requests and of managers, and what does not.
 *
 * @param {import('./style.mjs').Run} run
 */
export function scalePlot(run) {
  const { requests, managers } = run.sections['scale'].data;
  const sent = { rows: requests, over: 'requests', overTitle: 'requests sent' };
  const held = { rows: managers, over: 'managers', overTitle: 'managers in the process' };
  const each = managers.flatMap((row) =>
    Object.entries(calls).map(([field, call]) => ({ ...row, ns: row[field], call })),
  );
  const subtitle = [
    'Above: https and undici, which go on sending in turns. Below: more and more managers in one process.',
  ];
  return plotOf(run, 'What grows, and what does not', subtitle, {
    columns: 2,
    spacing: 40,
    concat: [
      panelOf(sent, 'heapMiB', 'heap after a collection (MiB)', limitOf(requests)),
      panelOf(sent, 'descriptors', 'open file descriptors'),
      panelOf(held, 'bytesEach', 'heap for each manager (bytes)'),
      {
        ...panelOf({ ...held, rows: each }, 'ns', 'time of one call (ns, log)', [], 'log'),
        encoding: {
          color: {
            field: 'call',
            title: null,
            scale: { domain: Object.values(calls), range: [red, blue, rule] },
          },
        },
      },
    ],
  });
}

/**
 * One panel: a line over a logarithmic axis, from zero, so that what looks flat is flat.
 *
 * @param {{ rows: Record<string, any>[], over: string, overTitle: string }} axis
 */
function panelOf({ rows, over, overTitle }, field, title, limit = [], type = 'linear') {
  return {
    width: 310,
    height: 180,
    layer: [
      {
        data: { values: rows.filter((row) => row[over] > 0) },
        mark: { type: 'line', point: true, ...(type === 'linear' && { color: blue }) },
        encoding: {
          x: {
            field: over,
            type: 'quantitative',
            scale: { type: 'log' },
            axis: { title: overTitle, format: '~s', values: powersOfTen, grid: false },
          },
          y: {
            field,
            type: 'quantitative',
            scale: type === 'log' ? { type } : { zero: true },
            axis: {
              title,
              format: ',~r',
              ...(type === 'log' ? { values: powersOfTen } : { tickCount: 5 }),
            },
          },
        },
      },
      ...limit,
    ],
  };
}

/**
 * Section 8 of the design: no more than 2 MiB over what it is after 10,000 requests.
 *
 * @param {{ requests: number, heapMiB: number }[]} rows
 */
function limitOf(rows) {
  const start = rows.find(({ requests }) => requests === 10_000);
  if (start === undefined) return [];
  const text = 'budget: 2 MiB more than after 10,000';
  const encoding = { y: { datum: start.heapMiB + 2 } };
  const data = { values: [{}] };
  return [
    { data, mark: { type: 'rule', color: ink, strokeDash: [6, 4] }, encoding },
    {
      data,
      mark: { type: 'text', align: 'right', dy: -6, text },
      encoding: { ...encoding, x: { value: 310 } },
    },
  ];
}
