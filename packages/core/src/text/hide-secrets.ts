/** What stands in the place of a secret. */
export const redacted = '[redacted]';

// Shorter ones would tear holes into every message, and those below `longSecret` are looked for as words of their own.
const shortestSecret = 3;
const longSecret = 8;

/**
 * Replaces `secrets` in `text`, however they are written there: escaped as in JSON, a URL or a page, once or twice, in
 * base64 alone or among other things, byte by byte in numbers, broken by line breaks, blanks, quotes or colours.
 * @param isCut whether the text begins in the middle of what was written: it may begin with the end of a secret.
 */
export function hideSecrets(
  text: string,
  secrets: Iterable<string>,
  isCut: boolean = false,
): string {
  const source = Buffer.from(text);
  const folded = fold(source);
  const ranges: Range[] = [];
  for (const secret of new Set(
    [...secrets].flatMap((secret) => spellings(secret, source.length)),
  )) {
    const wanted = fold(Buffer.from(secret)).bytes;
    if (wanted.length < shortestSecret) continue;
    for (const range of rangesOf(folded, wanted)) {
      if (wanted.length >= longSecret || isWord(source, range, wanted.length)) ranges.push(range);
    }
    const rest = isCut ? endAtStart(folded.bytes, wanted) : 0;
    if (rest > 0) ranges.push(rangeOf(folded, 0, rest));
  }
  for (const secret of secrets) ranges.push(...rangesInNumbers(folded, Buffer.from(secret)));
  return replaceRanges(source, ranges);
}

type Range = readonly [start: number, end: number];

/** A text without what may be written in several ways, and where each of its bytes stood. */
interface Folded {
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Leaves out blanks, quotes and colours, and undoes escapes and escapes of escapes, in texts and in secrets alike. */
function fold(source: Buffer): Folded {
  const positions = Uint32Array.from({ length: source.length + 1 }, (_, index) => index);
  const whole = { bytes: source, starts: positions, ends: positions.subarray(1) };
  // Blanks and colours first: they may stand in the middle of an escape.
  let folded = pass(whole, readBlank);
  for (let times = 0; times < mostEscapes; times += 1) {
    const before = folded;
    folded = pass(before, readEscape);
    if (folded.bytes.length === before.bytes.length) break;
  }
  return folded;
}

// JSON in JSON in a URL in a URL.
const mostEscapes = 6;

type ReadOne = (source: Buffer, index: number) => readonly [next: number, code: number];

/** Reads `before` byte by byte, and leaves out what is read as zero. */
function pass(before: Folded, read: ReadOne): Folded {
  const source = before.bytes;
  const bytes = Buffer.allocUnsafe(source.length);
  const starts = new Uint32Array(source.length);
  const ends = new Uint32Array(source.length);
  let length = 0;
  for (let index = 0; index < source.length; ) {
    const [next, code] = read(source, index);
    if (code !== 0) {
      bytes[length] = code;
      starts[length] = before.starts[index] as number;
      ends[length] = before.ends[Math.min(next, source.length) - 1] as number;
      length += 1;
    }
    index = next;
  }
  return { bytes: bytes.subarray(0, length), starts, ends };
}

function readBlank(source: Buffer, index: number): readonly [next: number, code: number] {
  const code = source[index] as number;
  if (code === 0xc2 || code === 0xe2 || code === 0xef) return readInvisible(source, index);
  if (code !== 0x1b || source[index + 1] !== 0x5b) return [index + 1, code > 0x20 ? code : 0];
  let end = index + 2;
  while (end < source.length && !isFinal(source[end] as number)) end += 1;
  return [end + 1, 0];
}

/** Soft hyphens, joiners, directions of writing and byte order marks, in UTF-8: nobody sees them. */
const invisible = /^(?:\xc2\xad|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf)/;

function readInvisible(source: Buffer, index: number): readonly [next: number, code: number] {
  const [found] = invisible.exec(source.toString('latin1', index, index + 3)) ?? [];
  return found === undefined ? [index + 1, source[index] as number] : [index + found.length, 0];
}

/** The letter that ends the sequence of a colour. */
function isFinal(code: number): boolean {
  return code >= 0x40 && code <= 0x7e;
}

function readEscape(source: Buffer, index: number): readonly [next: number, code: number] {
  const code = source[index] as number;
  switch (code) {
    case 0x25:
      return readPercent(source, index);
    case 0x5c:
      return readBackslash(source, index);
    case 0x26:
      return readEntity(source, index);
    case 0x22:
    case 0x27:
      return [index + 1, 0];
    // Base64 for URLs has other letters in two places.
    case 0x2d:
      return [index + 1, 0x2b];
    case 0x5f:
      return [index + 1, 0x2f];
    default:
      return [index + 1, code > 0x20 ? code : 0];
  }
}

/** `%2F`, also where the percent sign is escaped itself: `%252F`. */
function readPercent(source: Buffer, index: number): [next: number, code: number] {
  let at = index + 1;
  while (source[at] === 0x32 && source[at + 1] === 0x35) at += 2;
  const code = hexAt(source, at, 2);
  if (code !== undefined) return [at + 2, code];
  return [at, 0x25];
}

/** `&lt;`, `&#60;`, `&#x3c;`, as a web page writes it. */
function readEntity(source: Buffer, index: number): [next: number, code: number] {
  const text = source.toString('latin1', index, index + longestEntity);
  const [whole = '&', name = '', decimal, hex] = entity.exec(text) ?? [];
  if (whole === '&') return [index + 1, 0x26];
  const code =
    entities[name] ?? (decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal));
  const isLeftOut = code === 0x22 || code === 0x27 || code >= 0x80;
  return [index + whole.length, isLeftOut ? 0 : code];
}

const longestEntity = 8;
const entity = /^&(?:(amp|lt|gt|quot|apos)|#(\d{1,4})|#[xX]([\da-fA-F]{1,3}));/;
const entities: Readonly<Record<string, number>> = {
  amp: 0x26,
  lt: 0x3c,
  gt: 0x3e,
  quot: 0x22,
  apos: 0x27,
};

/** `\n`, `\/`, `\u002f`, `\x2f`, `\057`, behind any number of backslashes. */
function readBackslash(source: Buffer, index: number): [next: number, code: number] {
  let at = index;
  while (source[at] === 0x5c) at += 1;
  const octal = /^[01][0-7]{2}/.exec(source.toString('latin1', at, at + 3));
  if (octal !== null) return [at + 3, Number.parseInt(octal[0], 8)];
  const letter = String.fromCharCode(source[at] ?? 0);
  const digits = letter === 'u' ? 4 : letter === 'x' ? 2 : 0;
  const code = digits === 0 ? undefined : hexAt(source, at + 1, digits);
  // What is no ASCII cannot stand in a header; it is left out on both sides.
  if (code !== undefined) return [at + 1 + digits, code < 0x80 ? code : 0];
  return [/[bfnrt]/.test(letter) ? at + 1 : at, 0];
}

function hexAt(source: Buffer, start: number, digits: number): number | undefined {
  const text = source.toString('latin1', start, start + digits);
  return text.length === digits && /^[\da-fA-F]+$/.test(text)
    ? Number.parseInt(text, 16)
    : undefined;
}

/** The secret, as a form of a web page writes it, and in base64; and what it is the base64 of. */
function spellings(secret: string, longest: number): readonly string[] {
  if (secret.length > longest * 2) return [];
  const bytes = Buffer.from(secret);
  const decoded = /^[\w+/-]{12,}={0,2}$/.test(secret)
    ? Buffer.from(secret, 'base64').toString('latin1')
    : '';
  return [
    secret,
    ...(secret.includes(' ') ? [secret.replaceAll(' ', '+')] : []),
    ...(/^[\n\r\t\x20-\x7e]+$/.test(decoded) ? [decoded] : []),
    ...(bytes.length < longSecret ? [] : [0, 1, 2].map((before) => inBase64(bytes, before))),
  ];
}

/** Where the secret stands byte by byte: hexadecimal as in dumps, or decimal as Go prints bytes and JSON a Buffer. */
function rangesInNumbers(folded: Folded, secret: Buffer): readonly Range[] {
  if (secret.length < longSecret || secret.length * 2 > folded.bytes.length) return [];
  return numbers.flatMap((write) =>
    // Blanks between them are left out of the text.
    ['', ':', ','].flatMap((between) => {
      const spell = (part: Buffer): string => [...part].map(write).join(between);
      // Hardly ever there, so the whole is spelt only where its beginning is found.
      if (!folded.bytes.includes(spell(secret.subarray(0, longSecret)), 0, 'latin1')) return [];
      return rangesOf(folded, Buffer.from(spell(secret)));
    }),
  );
}

const hexadecimal = (byte: number): string => byte.toString(16).padStart(2, '0');
const numbers: readonly ((byte: number) => string)[] = [
  hexadecimal,
  (byte) => hexadecimal(byte).toUpperCase(),
  String,
];

function rangesOf(folded: Folded, wanted: Buffer): readonly Range[] {
  const ranges: Range[] = [];
  for (
    let at = folded.bytes.indexOf(wanted);
    at !== -1;
    at = folded.bytes.indexOf(wanted, at + 1)
  ) {
    ranges.push(rangeOf(folded, at, at + wanted.length));
  }
  return ranges;
}

/** The letters that depend on the secret alone, where `before` bytes of something else precede it in a group of three. */
function inBase64(secret: Buffer, before: number): string {
  const letters = Buffer.concat([Buffer.alloc(before), secret]).toString('base64');
  const whole = Math.floor(((before + secret.length) * 8) / 6);
  return letters.slice(Math.ceil((before * 8) / 6), whole);
}

function rangeOf({ starts, ends }: Folded, from: number, to: number): Range {
  return [starts[from] as number, ends[to - 1] as number];
}

/** Whether a short secret stands there in one piece and as a word of its own. */
function isWord(source: Buffer, [start, end]: Range, length: number): boolean {
  const around = source.toString('latin1', Math.max(0, start - 1), end + 1);
  const [before, after] = [
    start > 0 ? around.charAt(0) : '',
    end < source.length ? around.slice(-1) : '',
  ];
  const isWhole = end - start === length || !/\s/.test(source.toString('latin1', start, end));
  return isWhole && !/[\w-]/.test(before) && !/[\w-]/.test(after);
}

/** How many bytes at the start of `text` are the end of `secret`. */
function endAtStart(text: Buffer, secret: Buffer): number {
  for (
    let length = Math.min(secret.length - 1, text.length);
    length >= shortestSecret;
    length -= 1
  ) {
    if (text[0] !== secret[secret.length - length]) continue;
    if (text.subarray(0, length).equals(secret.subarray(secret.length - length))) return length;
  }
  return 0;
}

function replaceRanges(source: Buffer, ranges: readonly Range[]): string {
  const parts: string[] = [];
  let from = 0;
  for (const [start, end] of [...ranges].sort(([one], [other]) => one - other)) {
    if (start > from || parts.length === 0)
      parts.push(source.toString('utf8', from, start), redacted);
    from = Math.max(from, end);
  }
  parts.push(source.toString('utf8', from));
  return parts.join('');
}
