/** How much of a text a reader may be given. */
export interface StructureLimits {
  readonly maxDepth: number;
  readonly maxMarks: number;
}

/** What a scan of a text that begins with a brace found. */
export interface JsonScan {
  /** Where the first object ends; undefined where the text breaks off, or the scan stopped, before. */
  readonly end: number | undefined;
  /** What there is too much of. */
  readonly excess: 'depth' | 'marks' | undefined;
}

/**
 * Measures the first object of a JSON text without making anything of it, and stops where there is too much of it.
 * A mark is a comma, a colon or an opening bracket outside of strings: there are about as many as values.
 *
 * JSON.parse survives any depth, but takes 0.4 s for a million brackets, and what it makes of them ends the program of
 * whoever walks through it by recursion.
 */
export function scanJson(text: string, { maxDepth, maxMarks }: StructureLimits): JsonScan {
  let depth = 0;
  let marks = 0;
  for (let index = 0; index < text.length && marks <= maxMarks; index += 1) {
    const code = text.charCodeAt(index);
    if (code === quote) {
      index = endOfString(text, index);
    } else if (code === brace || code === bracket) {
      marks += 1;
      depth += 1;
      if (depth > maxDepth) return { end: undefined, excess: 'depth' };
    } else if (code === closingBrace || code === closingBracket) {
      depth -= 1;
      if (depth <= 0) return { end: index + 1, excess: undefined };
    } else if (code === comma || code === colon) {
      marks += 1;
    }
  }
  return { end: undefined, excess: marks > maxMarks ? 'marks' : undefined };
}

function endOfString(text: string, start: number): number {
  let index = start + 1;
  for (; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === backslash) index += 1;
    else if (code === quote) break;
  }
  return index;
}

/**
 * Tells whether a YAML text holds more than `maxMarks` of what costs a reader more than a look: short lines, brackets,
 * commas, colons, quotes, anchors, aliases, tags, escapes, and whatever begins an item. Dashes, and blanks that
 * indent nothing, count a sixteenth; the words of a scalar, base64 above all, count for nothing.
 */
export function exceedsMarks(text: string, maxMarks: number): boolean {
  const most = maxMarks * whole;
  let sum = 0;
  let lineStart = 0;
  for (let index = 0; index < text.length && sum <= most; index += 1) {
    const code = text.charCodeAt(index);
    const weight = weights[code] ?? 0;
    if (weight === 0) continue;
    // Indentation, also of folded base64.
    if (code === space && index - lineStart < longestIndent) continue;
    sum += weight;
    if (code === newline || code === carriageReturn) {
      // Long lines are those of folded base64 and of PEM.
      if (index - lineStart >= longLine) sum -= weight;
      lineStart = index + 1;
    } else if ((code === dash || code === questionMark) && text.charCodeAt(index + 1) === space) {
      sum += whole;
    }
  }
  return sum > most;
}

const whole = 16;
const longLine = 40;
const longestIndent = 64;

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const dash = 0x2d;
const colon = 0x3a;
const questionMark = 0x3f;
const bracket = 0x5b;
const backslash = 0x5c;
const closingBracket = 0x5d;
const brace = 0x7b;
const closingBrace = 0x7d;

/** In sixteenths, by character code. */
const weights = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if ('\n\r[]{},:"\'&*!%#\\|>'.includes(character)) return whole;
  return ' \t-?'.includes(character) ? 1 : 0;
});
