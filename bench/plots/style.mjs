/** What all plots look like. Colours are those of Okabe and Ito, which colour-blind readers tell apart. */
export const colours = {
  blue: '#0072b2',
  orange: '#e69f00',
  green: '#009e73',
  red: '#d55e00',
  ink: '#222222',
  rule: '#8a8a8a',
};

const labels = { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal' };

const config = {
  aria: false,
  font: 'Helvetica, Arial, "DejaVu Sans", sans-serif',
  axis: { ...labels, titlePadding: 8, gridColor: '#e4e4e4' },
  legend: { ...labels, orient: 'top', symbolSize: 60, labelLimit: 0 },
  title: { anchor: 'start', fontSize: 16, subtitleFontSize: 12, subtitlePadding: 6, offset: 12 },
  text: { fontSize: 12, color: colours.ink },
};

/**
 * A spec of vega-lite with a title, and below it what is seen and where it was measured.
 *
 * @param {Run} run
 * @param {string} text
 * @param {string[]} subtitle
 * @param {object} content what the plot adds
 */
export function plotOf({ node, platform, cpus, date, quick }, text, subtitle, content) {
  const machine = `Node ${node}, ${platform}, ${cpus.count} × ${cpus.model}, ${date}.`;
  const caution = 'A quick run: the spread is too wide to judge a close figure by.';
  const lines = [...subtitle, `${machine} Reproduce with: npm run bench`];
  return {
    description: text,
    // Opaque, so that black text can be read on a dark page.
    background: 'white',
    padding: 16,
    config,
    title: { text, subtitle: quick ? [...lines, caution] : lines },
    ...content,
  };
}

/** For a logarithmic axis, which has a line for each figure otherwise. */
export const powersOfTen = [0.1, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/**
 * With commas between the thousands.
 *
 * @param {number} value
 */
export const count = (value) => value.toLocaleString('en');

/**
 * What results.json holds of one Node major.
 *
 * @typedef {{
 *   node: string, platform: string, cpus: { model: string, count: number }, date: string, quick: boolean,
 *   sections: Record<string, { data: any }>,
 * }} Run
 */
