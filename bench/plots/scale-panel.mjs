import { colours, powersOfTen } from './style.mjs';

export const panelSize = { width: 310, height: 180 };
export const panelGap = { x: 100, y: 84 };

/**
 * One panel of a grid: one or more lines over a logarithmic axis.
 *
 * @param {number} column from the left
 * @param {number} row from the top
 * @param {Panel} panel
 */
export function panelOf(column, row, panel) {
  const { over, overTitle, title, lines, limit, isLog = false } = panel;
  const rows = panel.rows.filter((each) => each[over] > 0);
  const xs = rows.map((each) => each[over]);
  const ys = rows.flatMap((each) => lines.map(({ field }) => each[field]));
  if (limit) ys.push(limit.value);
  return {
    type: 'group',
    encode: { enter: placeOf(column, row) },
    data: [{ name: 'rows', values: rows }],
    scales: [
      { name: 'x', type: 'log', domain: [least(xs), most(xs)], range: [0, panelSize.width] },
      yScale(ys, isLog),
    ],
    axes: [
      { scale: 'x', orient: 'bottom', title: overTitle, values: tensOf(xs), format: '~s' },
      { scale: 'y', orient: 'left', title, grid: true, gridScale: 'x', ...yTicks(ys, isLog) },
    ],
    marks: [...lines.flatMap((line) => marksOf(line, over)), ...(limit ? limitMarks(limit) : [])],
  };
}

/**
 * @param {number} column
 * @param {number} row
 */
function placeOf(column, row) {
  return {
    x: { value: column * (panelSize.width + panelGap.x) },
    y: { value: row * (panelSize.height + panelGap.y) },
    width: { value: panelSize.width },
    height: { value: panelSize.height },
  };
}

/**
 * From zero, so that what looks flat is flat. A log axis has no zero: it begins at a power of ten.
 *
 * @param {number[]} ys
 * @param {boolean} isLog
 */
function yScale(ys, isLog) {
  const tens = tensOf(ys);
  const domain = isLog ? [tens[0], tens.at(-1)] : [0, 1.15 * most(ys)];
  const type = isLog ? 'log' : 'linear';
  return { name: 'y', type, domain, range: [panelSize.height, 0], nice: !isLog };
}

/**
 * @param {number[]} ys
 * @param {boolean} isLog
 */
const yTicks = (ys, isLog) => ({
  format: ',~r',
  ...(isLog ? { values: tensOf(ys) } : { tickCount: 5 }),
});

/**
 * A line, and a dot for each figure. Where there are several, their names stand above the panel.
 *
 * @param {Line} line
 * @param {string} over
 */
function marksOf({ field, colour, name = '', nameAt = 0 }, over) {
  const from = { data: 'rows' };
  const place = { x: { scale: 'x', field: over }, y: { scale: 'y', field } };
  const line = { ...place, stroke: { value: colour }, strokeWidth: { value: 2 } };
  const size = { value: 36 };
  const dot = { ...place, fill: { value: colour }, size };
  const keyPlace = { x: { value: nameAt + 4 }, y: { value: -14 } };
  const key = { ...keyPlace, fill: { value: name === '' ? null : colour }, size };
  const label = { ...keyPlace, dx: { value: 8 }, dy: { value: 4 }, text: { value: name } };
  return [
    { type: 'line', from, encode: { enter: line } },
    { type: 'symbol', from, encode: { enter: dot } },
    { type: 'symbol', encode: { enter: key } },
    { type: 'text', encode: { enter: label } },
  ];
}

/** @param {{ value: number, name: string }} limit */
function limitMarks({ value, name }) {
  const y = { scale: 'y', value };
  const rule = {
    x: { value: 0 },
    x2: { value: panelSize.width },
    y,
    stroke: { value: colours.ink },
    strokeDash: { value: [6, 4] },
  };
  const label = {
    x: { value: panelSize.width },
    y: { ...y, offset: -6 },
    align: { value: 'right' },
    text: { value: name },
  };
  return [
    { type: 'rule', encode: { enter: rule } },
    { type: 'text', encode: { enter: label } },
  ];
}

/** @param {number[]} values */
const tensOf = (values) => powersOfTen(least(values), most(values));

/** @param {number[]} values */
const least = (values) => Math.min(...values);

/** @param {number[]} values */
const most = (values) => Math.max(...values);

/**
 * @typedef {{ field: string, colour: string, name?: string, nameAt?: number }} Line `nameAt`: pixels from the left
 * @typedef {{
 *   rows: Record<string, number>[], over: string, overTitle: string, title: string, lines: Line[],
 *   limit?: { value: number, name: string }, isLog?: boolean,
 * }} Panel
 */
