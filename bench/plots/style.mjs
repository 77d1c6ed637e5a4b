/** What all plots look like. Colours are those of Okabe and Ito, which colour-blind readers tell apart. */
export const colours = {
  blue: '#0072b2',
  orange: '#e69f00',
  green: '#009e73',
  red: '#d55e00',
  ink: '#222222',
  rule: '#8a8a8a',
  faint: '#e4e4e4',
};

const font = 'Helvetica, Arial, "DejaVu Sans", sans-serif';

const titleHeight = 28;
const lineHeight = 17;

const config = {
  axis: {
    labelFont: font,
    titleFont: font,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    titlePadding: 8,
    labelColor: colours.ink,
    titleColor: colours.ink,
    domainColor: colours.rule,
    tickColor: colours.rule,
    gridColor: colours.faint,
  },
  // Where the longest labels end.
  axisLeft: { titleX: -52 },
  legend: {
    labelFont: font,
    titleFont: font,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelColor: colours.ink,
    titleColor: colours.ink,
    symbolSize: 60,
  },
  text: { font, fontSize: 12, fill: colours.ink },
};

/**
 * A spec with a title, and room for its marks.
 *
 * @param {Run} run
 * @param {Frame} frame
 * @param {object} content what the plot adds: data, scales, axes, marks
 */
export function plotOf(run, { title, subtitle, width, height, room }, content) {
  const lines = [...subtitle, ...provenance(run)];
  const padding = { ...room, top: room.top + titleHeight + lines.length * lineHeight };
  return {
    $schema: 'https://vega.github.io/schema/vega/v6.json',
    description: title,
    width,
    height,
    // Without a canvas vega overrates the width of a text, so that a size fitted to the contents would be too large.
    autosize: 'none',
    padding,
    // Opaque, so that black text can be read on a dark page.
    background: 'white',
    config,
    ...content,
    marks: [...heading(title, lines, padding), ...content.marks],
  };
}

/**
 * Title and subtitle as marks: vega would place a title by the widths that it overrates.
 *
 * @param {string} title
 * @param {string[]} lines
 * @param {{ left: number, top: number }} padding
 */
function heading(title, lines, { left, top }) {
  const y = titleHeight - top;
  const text = (properties) => {
    return { type: 'text', encode: { enter: { x: { value: 16 - left }, ...properties } } };
  };
  return [
    text({
      y: { value: y },
      text: { value: title },
      fontSize: { value: 16 },
      fontWeight: { value: 'bold' },
    }),
    ...lines.map((line, index) => {
      return text({ y: { value: y + (index + 1) * lineHeight + 3 }, text: { value: line } });
    }),
  ];
}

/** @param {Run} run */
function provenance({ node, platform, cpus, date, quick }) {
  const machine = `Node ${node}, ${platform}, ${cpus.count} × ${cpus.model}, ${date}.`;
  const caution = 'A quick run: the spread is too wide to judge a close figure by.';
  return [`${machine} Reproduce with: npm run bench`, ...(quick ? [caution] : [])];
}

/**
 * The powers of ten from `low` to `high`, with the one below and the one above.
 *
 * @param {number} low
 * @param {number} high
 */
export function powersOfTen(low, high) {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  return Array.from({ length: last - first + 1 }, (_, step) => 10 ** (first + step));
}

/**
 * With commas between the thousands.
 *
 * @param {number} value
 */
export const count = (value) => value.toLocaleString('en');

/**
 * `room` is for axes and legend around `width` and `height`; that for the title is added. Pixels.
 *
 * @typedef {{
 *   title: string, subtitle: string[], width: number, height: number,
 *   room: { left: number, right: number, top: number, bottom: number },
 * }} Frame
 */

/**
 * What results.json holds of one Node major.
 *
 * @typedef {{
 *   node: string, platform: string, cpus: { model: string, count: number }, date: string, quick: boolean,
 *   sections: Record<string, { data: any }>,
 * }} Run
 */
