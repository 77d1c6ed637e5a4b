import { colours, plotOf } from './style.mjs';
import { height, throughputMarks, width } from './throughput-marks.mjs';

const shapes = ['circle', 'square', 'triangle-up', 'diamond'];
const shades = [colours.blue, colours.orange, colours.green, colours.red];

/**
 * How fast each client is through a binding, beside itself.
 *
 * @param {import('./style.mjs').Run} run
 */
export function throughputPlot(run) {
  const points = pointsOf(run.sections['throughput'].data.figures);
  const frame = {
    title: 'Request rate through a binding ÷ the same client without one',
    subtitle: [
      'TLS, kept connections, token and client certificate. Sign and number: median of the pairs.',
      'Thick bar: how far the median may be off (95 %); thin line: the middle half of the pairs.',
    ],
    width,
    height,
    room: { left: 74, right: 94, top: 58, bottom: 36 },
  };
  return plotOf(run, frame, {
    data: [
      { name: 'points', values: points },
      { name: 'clients', values: [...new Set(points.map(({ client }) => client))] },
      { name: 'levels', values: levels },
    ],
    scales: scalesOf(points),
    axes: [
      {
        scale: 'client',
        orient: 'bottom',
        labelFontSize: 13,
        labelPadding: 8,
        ticks: false,
        domain: false,
      },
      {
        scale: 'ratio',
        orient: 'left',
        title: 'requests per second, bound ÷ bare',
        format: '.2f',
        grid: true,
        tickCount: 8,
      },
    ],
    legends: [
      {
        fill: 'shade',
        shape: 'shape',
        title: 'requests at a time',
        orient: 'top',
        direction: 'horizontal',
        offset: 6,
      },
    ],
    marks: throughputMarks,
  });
}

const levels = [
  { ratio: 1, name: 'bare = 1.00', dash: [], isUpper: true },
  { ratio: 0.97, name: 'budget 0.97', dash: [6, 4], isUpper: false },
];

/** The one that is measured beside itself is a matter for the table. */
const isClient = ({ client }) => !client.includes('twice');

/** @param {{ client: string, concurrency: number, rate: Record<'median' | 'low' | 'high' | 'medianFrom' | 'medianTo', number> }[]} figures */
function pointsOf(figures) {
  return figures
    .filter(isClient)
    .map(({ client, concurrency, rate }) => ({
      client,
      concurrency,
      ...rate,
      top: Math.max(rate.high, rate.medianTo),
    }))
    .sort((a, b) => a.concurrency - b.concurrency);
}

/** @param {ReturnType<typeof pointsOf>} points */
function scalesOf(points) {
  const concurrencies = [...new Set(points.map(({ concurrency }) => concurrency))];
  const judged = points.filter(({ concurrency }) => concurrency <= 32);
  const ends = judged.flatMap(({ low, high }) => [Math.max(0.7, low), Math.min(1.4, high)]);
  // What is wider leaves the plot; a mark is put at its edge.
  const inside = points.map(({ median }) => Math.min(1.3, Math.max(0.8, median)));
  return [
    {
      name: 'client',
      type: 'band',
      domain: { data: 'points', field: 'client' },
      range: 'width',
      paddingInner: 0.06,
    },
    {
      name: 'place',
      type: 'band',
      domain: concurrencies,
      range: [0, { signal: "bandwidth('client')" }],
      paddingOuter: 0.2,
    },
    {
      name: 'ratio',
      domain: [Math.min(0.95, ...ends, ...inside), Math.max(1.02, ...ends, ...inside)],
      range: 'height',
      nice: true,
      clamp: true,
      zero: false,
    },
    { name: 'shade', type: 'ordinal', domain: concurrencies, range: shades },
    { name: 'shape', type: 'ordinal', domain: concurrencies, range: shapes },
  ];
}
