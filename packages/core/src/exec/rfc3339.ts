const pattern =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

// Go's zero time, 0001-01-01T00:00:00Z, which Kubernetes writes where it means "no time".
const zeroTimeMs = -62_135_596_800_000;

/**
 * Reads an RFC 3339 timestamp as Go's `time.Parse` does, cutting fractions down to milliseconds.
 *
 * @returns Unix milliseconds; `'never'` for Go's zero time; undefined for anything that is not a timestamp.
 * @see https://pkg.go.dev/time#Parse
 */
export function parseRfc3339(text: string): number | 'never' | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as Six;
  const isDay = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!isDay || hour > 23 || minute > 59 || second > 59) return undefined;
  const offsetMs = parseOffset(match[8], Number(match[9] ?? 0), Number(match[10] ?? 0));
  if (offsetMs === undefined) return undefined;
  // Date.UTC would take the years 0 to 99 for those of the last century.
  const wholeMs =
    new Date(0).setUTCFullYear(year, month - 1, day) +
    ((hour * 60 + minute) * 60 + second) * 1000 -
    offsetMs;
  const fraction = match[7] ?? '';
  if (wholeMs === zeroTimeMs && !/[1-9]/.test(fraction)) return 'never';
  return wholeMs + Number(fraction.slice(0, 3).padEnd(3, '0'));
}

type Six = [number, number, number, number, number, number];

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

// Go lets offsets of 24 hours and 60 minutes pass, "as some people do write" them.
function parseOffset(sign: string | undefined, hours: number, minutes: number): number | undefined {
  if (hours > 24 || minutes > 60) return undefined;
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
