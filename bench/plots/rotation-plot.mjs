import { colours, count, plotOf, powersOfTen } from './style.mjs';

/**
 * How long each request waited while credentials rotated, ours above and the recipe of today below.
 *
 * @param {import('./style.mjs').Run} run
 */
export function rotationPlot(run) {
  /** @type {Side[]} */
  const sides = run.sections['rotation'].data.sides;
  const samples = sides.flatMap((side) => side.samples);
  const endMs = samples.reduce((end, { atMs }) => Math.max(end, atMs), 0);
  const leastMs = samples.reduce((least, { waitedMs }) => Math.min(least, waitedMs), 1_000);
  const mostMs = samples.reduce((most, { waitedMs }) => Math.max(most, waitedMs), 1);
  const scales = {
    at: { domain: [0, endMs / 1_000] },
    waited: { type: 'log', domain: [Math.max(0.1, leastMs), mostMs], nice: true, clamp: true },
  };
  const subtitle = ['Same server, same load; each dot is a request.', ...picked(sides)];
  return plotOf(run, 'How long each request took while credentials rotated', subtitle, {
    vconcat: sides.map((side) => panelOf(side, scales)),
  });
}

/** @param {Side[]} sides */
function picked(sides) {
  const shown = sides.reduce((sum, { samples }) => sum + samples.length, 0);
  const all = sides.reduce((sum, { requests }) => sum + requests, 0);
  if (shown === all) return [];
  const counts = `${count(shown)} of ${count(all)} requests are drawn`;
  return [`${counts}: all that failed, the slowest hundredth, and an even choice of the others.`];
}

const kinds = { domain: ['answered', 'failed'], range: [colours.blue, colours.red] };

/**
 * The requests of one side, with a line for each rotation.
 *
 * @param {Side} side
 */
function panelOf({ name, samples, rotationsAtMs, requests, failed, slowestMs }, scales) {
  const rotations = rotationsAtMs.map((atMs) => ({ at: atMs / 1_000 }));
  const x = { field: 'at', type: 'quantitative', scale: scales.at };
  const waited = { field: 'waited', type: 'quantitative', scale: scales.waited };
  return {
    width: 750,
    height: 190,
    title: {
      text: name,
      subtitle: `${count(requests)} requests · ${count(failed)} failed · slowest ${count(Math.round(slowestMs))} ms · ${rotations.length} rotations (grey)`,
      fontSize: 13,
      offset: 4,
    },
    layer: [
      {
        data: { values: rotations },
        mark: { type: 'rule', color: colours.rule, opacity: 0.7 },
        encoding: { x: { ...x, title: 'time since the load began (s)' } },
      },
      {
        data: { values: samples.flatMap(dotOf) },
        // All dots as one path for each kind, which has no length but round ends: a symbol each would be ten times as large.
        mark: {
          type: 'line',
          strokeCap: 'round',
          strokeWidth: 3,
          invalid: 'break-paths-show-path-domains',
        },
        encoding: {
          x,
          y: {
            ...waited,
            title: 'time to the answer (ms)',
            axis: { format: ',~r', values: powersOfTen },
          },
          color: { field: 'kind', title: null, scale: kinds },
          order: { field: 'index' },
        },
      },
    ],
  };
}

/** A stroke of no length, and then a gap. */
function dotOf({ atMs, waitedMs, failed }, place) {
  const dot = { at: atMs / 1_000, kind: failed ? 'failed' : 'answered' };
  return [0, 1, 2].map((step) => {
    return { ...dot, waited: step < 2 ? waitedMs : null, index: 3 * place + step };
  });
}

/**
 * @typedef {{ atMs: number, waitedMs: number, failed: boolean }} Sample
 * @typedef {{
 *   name: string, samples: Sample[], rotationsAtMs: number[], requests: number, failed: number, slowestMs: number,
 * }} Side `samples` may be a selection; the counts are of all requests
 */
