import { panelGap, panelOf, panelSize } from './scale-panel.mjs';
import { colours, plotOf } from './style.mjs';

/**
 * What grows with the number of requests and of managers, and what does not.
 *
 * @param {import('./style.mjs').Run} run
 */
export function scalePlot(run) {
  const { requests, managers } = run.sections['scale'].data;
  const frame = {
    title: 'What grows, and what does not',
    subtitle: [
      'Above: https and undici, which go on sending in turns. Below: more and more managers in one process.',
    ],
    width: 2 * panelSize.width + panelGap.x,
    height: 2 * panelSize.height + panelGap.y,
    room: { left: 82, right: 20, top: 24, bottom: 48 },
  };
  const sent = { rows: requests, over: 'requests', overTitle: 'requests sent' };
  const held = { rows: managers, over: 'managers', overTitle: 'managers in the process' };
  const { blue, red, rule } = colours;
  return plotOf(run, frame, {
    marks: [
      panelOf(0, 0, {
        ...sent,
        title: 'heap after a collection (MiB)',
        lines: [{ field: 'heapMiB', colour: blue }],
        limit: heapLimit(requests),
      }),
      panelOf(1, 0, {
        ...sent,
        title: 'open file descriptors',
        lines: [{ field: 'descriptors', colour: blue }],
      }),
      panelOf(0, 1, {
        ...held,
        title: 'heap for each manager (bytes)',
        lines: [{ field: 'bytesEach', colour: blue }],
      }),
      panelOf(1, 1, {
        ...held,
        title: 'time of one call (ns, log)',
        isLog: true,
        lines: [
          { field: 'acquireNs', colour: red, name: 'acquire() and release()', nameAt: 0 },
          { field: 'peekNs', colour: blue, name: 'peek()', nameAt: 160 },
          { field: 'floorNs', colour: rule, name: 'plain objects', nameAt: 224 },
        ],
      }),
    ],
  });
}

/**
 * Section 8 of the design: no more than 2 MiB over what it is after 10,000 requests.
 *
 * @param {{ requests: number, heapMiB: number }[]} rows
 */
function heapLimit(rows) {
  const start = rows.find(({ requests }) => requests === 10_000);
  return start && { value: start.heapMiB + 2, name: 'budget: 2 MiB more than after 10,000' };
}
