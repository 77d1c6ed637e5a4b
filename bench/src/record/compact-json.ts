/** As wide as a line may be that holds a whole value. */
const columns = 120;
/** From so many items on a list is a series: figures to draw, not to read. */
const seriesLength = 25;

/**
 * JSON for a file that people read and compare: what fits stands on one line, and so does a series of small things, however
 * long. Fractions have six significant digits.
 */
export function compactJson(value: unknown, indent = ''): string {
  const line = JSON.stringify(value, rounded);
  const fits = indent.length + line.length <= columns;
  if (fits || isSeries(value) || !isObject(value)) return line;
  const deeper = `${indent}  `;
  const [open, close, parts] = Array.isArray(value)
    ? ['[', ']', value.map((item) => compactJson(item, deeper))]
    : ['{', '}', membersOf(value, deeper)];
  return `${open}\n${parts.map((part) => deeper + part).join(',\n')}\n${indent}${close}`;
}

function membersOf(value: object, indent: string): string[] {
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}: ${compactJson(member, indent)}`);
}

function rounded(_key: string, value: unknown): unknown {
  const isFraction = typeof value === 'number' && !Number.isInteger(value);
  return isFraction ? Number(value.toPrecision(6)) : value;
}

function isSeries(value: unknown): boolean {
  return Array.isArray(value) && value.length >= seriesLength && value.every(isSmall);
}

/** A scalar, or an object of nothing but scalars. */
function isSmall(item: unknown): boolean {
  const parts: unknown[] = isObject(item) ? Object.values(item) : [item];
  return !parts.some(isObject);
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
