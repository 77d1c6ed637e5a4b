// node bench/plots/write-plots.mjs RESULTS.json FOLDER
// Draws what was measured as FOLDER/PLOT-node-MAJOR.svg, for each section that has a plot and each Node major.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { rotationPlot } from './rotation-plot.mjs';
import { scalePlot } from './scale-plot.mjs';
import { throughputPlot } from './throughput-plot.mjs';

const plots = { throughput: throughputPlot, rotation: rotationPlot, scale: scalePlot };

const [resultsFile, folder] = process.argv.slice(2);
if (resultsFile === undefined || folder === undefined) {
  console.error('Usage: node write-plots.mjs RESULTS.json FOLDER');
  process.exit(1);
}

/** @type {Record<string, import('./style.mjs').Run>} */
const results = JSON.parse(readFileSync(resultsFile, 'utf8'));
mkdirSync(folder, { recursive: true });
for (const [major, run] of Object.entries(results)) {
  for (const [section, plot] of Object.entries(plots)) {
    if (run.sections[section] === undefined) continue;
    const file = join(folder, `${section}-node-${major}.svg`);
    writeFileSync(file, await svgOf(plot(run)));
    console.log(file);
  }
}

/** @param {any} spec */
async function svgOf(spec) {
  const svg = await new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
  // A tenth of a pixel is enough to draw by, and a third of the file.
  const shorter = svg.replaceAll(/ d="[^"]+"/g, (path) =>
    path.replaceAll(/\d+\.\d{2,}/g, (number) => Number(number).toFixed(1)),
  );
  return `${shorter}\n`;
}
