import { colours, plotOf } from './style.mjs';

const title = 'Request rate through a binding ÷ the same client without one';
const subtitle = [
  'TLS, kept connections, token and client certificate. Sign and number: median of the pairs.',
  'Thick bar: how far the median may be off (95 %); thin line: the middle half of the pairs.',
];

const levels = [
  { ratio: 1, name: 'bare = 1.00', baseline: 'bottom', dash: [1, 0] },
  { ratio: 0.97, name: 'budget 0.97', baseline: 'top', dash: [6, 4] },
];

/**
 * How fast each client is through a binding, beside itself.
 *
 * @param {import('./style.mjs').Run} run
 */
export function throughputPlot(run) {
  const points = pointsOf(run.sections['throughput'].data.figures);
  const shade = { field: 'concurrency', type: 'nominal', title: 'requests at a time' };
  const { blue, orange, green, red } = colours;
  return plotOf(run, title, subtitle, {
    width: 680,
    height: 330,
    encoding: { y: { type: 'quantitative', scale: scaleOf(points), title: null } },
    layer: [
      ...levels.map(levelOf),
      {
        data: { values: points },
        encoding: {
          x: { field: 'client', axis: { title: null, labelAngle: 0, domain: false, ticks: false } },
          xOffset: { field: 'concurrency', scale: { paddingOuter: 0.2 } },
          color: { ...shade, scale: { range: [blue, orange, green, red] } },
        },
        layer: [
          bars('low', 'high', 1),
          bars('medianFrom', 'medianTo', 5),
          {
            mark: {
              type: 'point',
              filled: true,
              size: 90,
              stroke: 'white',
              strokeWidth: 1,
              opacity: 1,
            },
            encoding: {
              y: {
                field: 'median',
                axis: { format: '.2f' },
              },
              shape: shade,
            },
          },
          {
            mark: { type: 'text', dy: -6, baseline: 'bottom', fontSize: 11 },
            encoding: {
              y: { field: 'top' },
              text: { field: 'median', format: '.2f' },
              color: { value: colours.ink },
            },
          },
        ],
      },
    ],
  });
}

/** A line across, and its name outside, where no bar is. */
function levelOf({ ratio, name, baseline, dash }) {
  const y = { datum: ratio };
  const label = { type: 'text', align: 'left', dx: 8, baseline, text: name };
  return {
    data: { values: [{}] },
    layer: [
      { mark: { type: 'rule', color: colours.ink, strokeDash: dash }, encoding: { y } },
      { mark: label, encoding: { x: { value: 680 }, y } },
    ],
  };
}

const bars = (from, to, strokeWidth) => ({
  mark: { type: 'rule', strokeWidth, clip: true },
  encoding: { y: { field: from }, y2: { field: to } },
});

/** @param {{ client: string, concurrency: number, rate: Record<'median' | 'low' | 'high' | 'medianFrom' | 'medianTo', number> }[]} figures */
function pointsOf(figures) {
  return (
    figures
      // The one that is measured beside itself is a matter for the table.
      .filter(({ client }) => !client.includes('twice'))
      .map(({ client, concurrency, rate }) => {
        return { client, concurrency, ...rate, top: Math.max(rate.high, rate.medianTo) };
      })
  );
}

/** What is wider leaves the plot; a mark is put at its edge. */
function scaleOf(points) {
  const judged = points.filter(({ concurrency }) => concurrency <= 32);
  const ends = judged.flatMap(({ low, high }) => [Math.max(0.7, low), Math.min(1.4, high)]);
  const inside = points.map(({ median }) => Math.min(1.3, Math.max(0.8, median)));
  const domain = [Math.min(0.95, ...ends, ...inside), Math.max(1.02, ...ends, ...inside)];
  return { domain, nice: true, clamp: true };
}
