import { panelHeight, panelOf, panelStep, width } from './rotation-panel.mjs';
import { colours, count, plotOf, powersOfTen } from './style.mjs';

/**
 * How long each request waited while credentials rotated, ours above and the recipe of today below.
 *
 * @param {import('./style.mjs').Run} run
 */
export function rotationPlot(run) {
  /** @type {import('./rotation-panel.mjs').Side[]} */
  const sides = run.sections['rotation'].data.sides;
  const frame = {
    title: 'How long each request took while credentials rotated',
    subtitle: ['Same server, same load; each dot is a request.', ...picked(sides)],
    width,
    height: panelStep * sides.length - 20,
    room: { left: 74, right: 14, top: 46, bottom: 30 },
  };
  const tens = tensOf(sides);
  return plotOf(run, frame, {
    scales: scalesOf(sides, tens),
    legends: [legend],
    marks: sides.map((side, index) => panelOf(side, index, index === sides.length - 1, tens)),
  });
}

/** @param {import('./rotation-panel.mjs').Side[]} sides */
function picked(sides) {
  const shown = sides.reduce((sum, { samples }) => sum + samples.length, 0);
  const all = sides.reduce((sum, { requests }) => sum + requests, 0);
  if (shown === all) return [];
  const counts = `${count(shown)} of ${count(all)} requests are drawn`;
  return [`${counts}: all that failed, the slowest hundredth, and an even choice of the others.`];
}

/**
 * The lines across a panel, in milliseconds.
 *
 * @param {import('./rotation-panel.mjs').Side[]} sides
 */
function tensOf(sides) {
  const waits = sides.flatMap(({ samples }) => samples.map(({ waitedMs }) => waitedMs));
  const quickest = waits.reduce((least, waited) => Math.min(least, waited), Infinity);
  const slowest = waits.reduce((most, waited) => Math.max(most, waited), 1);
  return powersOfTen(Math.max(0.1, quickest), slowest);
}

/**
 * @param {import('./rotation-panel.mjs').Side[]} sides
 * @param {number[]} tens
 */
function scalesOf(sides, tens) {
  const samples = sides.flatMap((side) => side.samples);
  const endMs = samples.reduce((end, { atMs }) => Math.max(end, atMs), 0);
  return [
    { name: 'at', domain: [0, endMs / 1_000], range: 'width' },
    {
      name: 'waited',
      type: 'log',
      domain: [tens[0], tens.at(-1)],
      range: [panelHeight, 0],
      clamp: true,
    },
    {
      name: 'kind',
      type: 'ordinal',
      domain: kinds,
      range: [colours.blue, colours.red, colours.rule],
    },
    { name: 'sign', type: 'ordinal', domain: kinds, range: ['circle', cross, bar] },
  ];
}

const kinds = ['answered', 'failed', 'rotation'];
const cross = 'M-0.8,-0.8L0.8,0.8M-0.8,0.8L0.8,-0.8';
const bar = 'M0,-1L0,1';

const legend = {
  stroke: 'kind',
  fill: 'kind',
  shape: 'sign',
  orient: 'top',
  direction: 'horizontal',
  columnPadding: 24,
  offset: 10,
  symbolStrokeWidth: 2,
};
