import { colours, count } from './style.mjs';

export const width = 750;
export const panelHeight = 190;
export const panelStep = panelHeight + 56;

/**
 * The requests of one side, with a caption.
 *
 * @param {Side} side
 * @param {number} index from the top
 * @param {boolean} isLast
 * @param {number[]} tens
 */
export function panelOf(side, index, isLast, tens) {
  return {
    type: 'group',
    encode: {
      enter: {
        y: { value: index * panelStep + 20 },
        width: { value: width },
        height: { value: panelHeight },
      },
    },
    data: [
      { name: 'rotations', values: side.rotationsAtMs.map((atMs) => ({ at: atMs / 1_000 })) },
      { name: 'answered', values: dotsOf(side.samples.filter(({ failed }) => !failed)) },
      { name: 'failed', values: crossesOf(side.samples.filter(({ failed }) => failed)) },
    ],
    axes: [
      { scale: 'at', orient: 'bottom', ...(isLast && { title: 'time since the load began (s)' }) },
      {
        scale: 'waited',
        orient: 'left',
        title: 'time to the answer (ms)',
        grid: true,
        format: ',~r',
        values: tens,
      },
    ],
    marks: [
      ...captionOf(side),
      rotationRules,
      pathOf('answered', colours.blue, 3),
      pathOf('failed', colours.red, 1.8),
    ],
  };
}

/** @param {Side} side */
function captionOf({ name, requests, failed, slowestMs, rotationsAtMs }) {
  const figures = [
    counted(requests, 'request'),
    `${count(failed)} failed`,
    `slowest ${count(Math.round(slowestMs))} ms`,
    counted(rotationsAtMs.length, 'rotation'),
  ];
  return [
    captionText(name, { align: { value: 'left' }, fontWeight: { value: 'bold' } }),
    captionText(figures.join(' · '), { x: { value: width }, align: { value: 'right' } }),
  ];
}

/**
 * @param {string} text
 * @param {object} place
 */
function captionText(text, place) {
  return {
    type: 'text',
    encode: {
      enter: { y: { value: -8 }, fontSize: { value: 13 }, text: { value: text }, ...place },
    },
  };
}

const rotationRules = {
  type: 'rule',
  from: { data: 'rotations' },
  encode: {
    enter: {
      x: { scale: 'at', field: 'at' },
      y: { value: 0 },
      y2: { value: panelHeight },
      stroke: { value: colours.rule },
      strokeWidth: { value: 1 },
      strokeOpacity: { value: 0.7 },
    },
  },
};

/**
 * All dots or crosses as one path: a symbol for each would make the file ten times as large. A line of no length with round
 * ends is a dot.
 *
 * @param {string} data
 * @param {string} stroke
 * @param {number} strokeWidth
 */
function pathOf(data, stroke, strokeWidth) {
  return {
    type: 'line',
    from: { data },
    encode: {
      enter: {
        x: { signal: "round(10 * scale('at', datum.at)) / 10 + datum.dx" },
        y: { signal: "round(10 * scale('waited', datum.waited)) / 10 + datum.dy" },
        defined: { field: 'isDrawn' },
        stroke: { value: stroke },
        strokeWidth: { value: strokeWidth },
        strokeCap: { value: 'round' },
      },
    },
  };
}

/** @param {Sample[]} samples */
const dotsOf = (samples) => samples.flatMap((sample) => strokeOf(sample, [[0, 0]]));

/** @param {Sample[]} samples */
function crossesOf(samples) {
  const falling = [
    [-3.5, -3.5],
    [3.5, 3.5],
  ];
  const rising = [
    [-3.5, 3.5],
    [3.5, -3.5],
  ];
  return samples.flatMap((sample) => [falling, rising].flatMap((ends) => strokeOf(sample, ends)));
}

/**
 * The corners of one stroke, and then a gap.
 *
 * @param {Sample} sample
 * @param {number[][]} corners in pixels from where the sample is
 */
function strokeOf({ atMs, waitedMs }, corners) {
  const place = { at: atMs / 1_000, waited: waitedMs };
  const drawn = corners.map(([dx, dy]) => ({ ...place, dx, dy, isDrawn: true }));
  return [...drawn, { ...place, dx: 0, dy: 0, isDrawn: false }];
}

/**
 * @param {number} value
 * @param {string} noun
 */
const counted = (value, noun) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/**
 * @typedef {{ atMs: number, waitedMs: number, failed: boolean }} Sample
 * @typedef {{
 *   name: string, samples: Sample[], rotationsAtMs: number[], requests: number, failed: number, slowestMs: number,
 * }} Side `samples` may be a selection; the counts are of all requests
 */
