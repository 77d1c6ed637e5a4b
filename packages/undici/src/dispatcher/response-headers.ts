import type { Refusal } from '@keyturn/core/binding';
import type { HeaderRecord, RawHeaders } from './handler-shape.js';

/** Translates the headers of an answer for a source that wants to see them. */
export function describeHeaders(pairs: Iterable<readonly [unknown, unknown]>): Refusal['headers'] {
  const lines = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const key = textOf(name).toLowerCase();
    const values = [value].flat().map((one) => textOf(one));
    lines.set(key, [...(lines.get(key) ?? []), ...values]);
  }
  return Object.fromEntries(lines);
}

/** Returns the names and values of headers as either kind of handler gets them. */
export function headerEntries(headers: RawHeaders | HeaderRecord): [unknown, unknown][] {
  if (!Array.isArray(headers)) {
    return Object.entries(headers).filter(([, value]) => value !== undefined);
  }
  const pairs: [unknown, unknown][] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    pairs.push([headers[index], headers[index + 1]]);
  }
  return pairs;
}

/** Returns headers as a parser would give them. */
export function toRawHeaders(headers: HeaderRecord): RawHeaders {
  return headerEntries(headers).flatMap(([name, value]) =>
    [value]
      .flat()
      .flatMap((one) => [Buffer.from(textOf(name)), Buffer.from(textOf(one), 'latin1')]),
  );
}

/** Headers are bytes, one for each character. */
function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value);
}
