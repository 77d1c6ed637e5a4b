/** What a server says may be a mistake; a manager leaves nobody alone for longer either. */
const longestMs = 86_400_000;

/**
 * Reads `Retry-After`: seconds, or a date that is compared with the `Date` of the same answer, as clocks disagree.
 * @returns milliseconds, a day at most; undefined where the header is missing or is neither.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterMs(
  headers: { get(name: string): string | null },
  now: number,
): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}(?:\.\d{1,3})?$/.test(text)) return Math.min(longestMs, Number(text) * 1_000);
  // Of a text without letters Date.parse makes a year.
  const until = /^[A-Z]/i.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const sentAt = Date.parse(headers.get('date') ?? '');
  return Math.min(longestMs, Math.max(0, until - (Number.isNaN(sentAt) ? now : sentAt)));
}
