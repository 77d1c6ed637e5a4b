import { colours } from './style.mjs';

export const width = 680;
export const height = 330;

const place = {
  scale: 'client',
  field: 'client',
  offset: { scale: 'place', field: 'concurrency', band: 0.5 },
};
const shade = { scale: 'shade', field: 'concurrency' };

/** Behind each client, so that what belongs together is seen together. */
const clientBands = {
  type: 'rect',
  from: { data: 'clients' },
  encode: {
    enter: {
      x: { scale: 'client', field: 'data' },
      width: { scale: 'client', band: 1 },
      y: { value: 0 },
      y2: { value: height },
      fill: { value: colours.ink },
      fillOpacity: { value: 0.04 },
    },
  },
};

const levelRules = {
  type: 'rule',
  from: { data: 'levels' },
  encode: {
    enter: {
      x: { value: 0 },
      x2: { value: width },
      y: { scale: 'ratio', field: 'ratio' },
      stroke: { value: colours.ink },
      strokeWidth: { value: 1.2 },
      strokeDash: { field: 'dash' },
    },
  },
};

/** Outside, where no bar is; on either side of their lines, which may be close together. */
const levelNames = {
  type: 'text',
  from: { data: 'levels' },
  encode: {
    enter: {
      x: { value: width + 8 },
      y: { scale: 'ratio', field: 'ratio', offset: { signal: 'datum.isUpper ? 2 : -2' } },
      baseline: { signal: "datum.isUpper ? 'bottom' : 'top'" },
      text: { field: 'name' },
    },
  },
};

/**
 * @param {string} from
 * @param {string} to
 * @param {number} strokeWidth
 */
const bars = (from, to, strokeWidth) => ({
  type: 'rule',
  from: { data: 'points' },
  encode: {
    enter: {
      x: place,
      y: { scale: 'ratio', field: from },
      y2: { scale: 'ratio', field: to },
      stroke: shade,
      strokeWidth: { value: strokeWidth },
    },
  },
});

const medians = {
  type: 'symbol',
  from: { data: 'points' },
  encode: {
    enter: {
      x: place,
      y: { scale: 'ratio', field: 'median' },
      fill: shade,
      shape: { scale: 'shape', field: 'concurrency' },
      size: { value: 90 },
      stroke: { value: 'white' },
      strokeWidth: { value: 1 },
    },
  },
};

const medianTexts = {
  type: 'text',
  from: { data: 'points' },
  encode: {
    enter: {
      x: place,
      y: { scale: 'ratio', field: 'top', offset: -6 },
      align: { value: 'center' },
      baseline: { value: 'bottom' },
      fontSize: { value: 11 },
      text: { signal: "format(datum.median, '.2f')" },
    },
  },
};

/** From the back to the front. */
export const throughputMarks = [
  clientBands,
  levelRules,
  levelNames,
  bars('low', 'high', 1),
  bars('medianFrom', 'medianTo', 5),
  medians,
  medianTexts,
];
