/** Finds a secret in what was printed, whole or in part, plain or in any of the spellings that printing gives it. */

/** Characters; whoever reads this many in a row has what a guess would need. */
const pieceLength = 12;
/** Bytes that are looked for where a buffer was printed byte by byte. */
const byteCount = 8;

export interface Needles {
  /** Names the spellings of the secrets that `printed` shows. */
  in(printed: string | Uint8Array): readonly string[];
}

interface Secret {
  readonly name: string;
  readonly text: string;
}

/** @param secrets their first 36 characters are enough to tell them */
export function needlesOf(secrets: readonly Secret[]): Needles {
  const known = secrets.flatMap(({ name, text }) => spellings(name, text.slice(0, 36)));
  const decimals = secrets.map(({ name, text }) => ({
    name,
    first: String(Buffer.from(text)[0]),
    pattern: decimalList(text),
  }));
  // One pass over what is nearly always free of them: most of the time would go into this.
  const any = new RegExp(known.map(({ needle }) => literal(needle)).join('|'));
  return {
    in: (printed) => {
      const text = typeof printed === 'string' ? printed : Buffer.from(printed).toString('latin1');
      const found = any.test(text) ? known.filter(({ needle }) => text.includes(needle)) : [];
      const listed = decimals.filter(
        ({ first, pattern }) => text.includes(first) && pattern.test(text),
      );
      return [
        ...found.map(({ name }) => name),
        ...listed.map(({ name }) => `${name} in decimal bytes`),
      ];
    },
  };
}

function spellings(
  name: string,
  text: string,
): { readonly name: string; readonly needle: string }[] {
  const hex = Buffer.from(text.slice(0, byteCount)).toString('hex');
  const pairs = hex.match(/../g) ?? [];
  const wide = [...text].join('\0');
  const plain = pieces(text).map((needle) => ({ name, needle }));
  const other = [
    ['as one would write a URL', encodeURIComponent(text)],
    ['with every byte escaped', pairs.map((pair) => `%${pair}`).join('')],
    ['in hex', hex],
    ['in hex', hex.toUpperCase()],
    ['in hex bytes', pairs.join(' ')],
    ['in escapes', pairs.map((pair) => `\\x${pair}`).join('')],
    ['in UTF-16', wide],
    ['letter by letter', [...text].slice(0, byteCount).join("', '")],
    ['letter by letter', [...text].slice(0, byteCount).join('","')],
    ['backwards', [...text].reverse().join('')],
  ].map(([how, needle = '']) => ({ name: `${name} ${how}`, needle }));
  return [...plain, ...other, ...base64(name, text)];
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function pieces(text: string): string[] {
  const found: string[] = [];
  for (let at = 0; at + pieceLength <= text.length; at += pieceLength) {
    found.push(text.slice(at, at + pieceLength));
  }
  return found;
}

/** Base64 spells a text in three ways, by what stands before it; the ends depend on the neighbours. */
function base64(name: string, text: string): { readonly name: string; readonly needle: string }[] {
  return [0, 1, 2].flatMap((before) =>
    (['base64', 'base64url'] as const).map((encoding) => ({
      name: `${name} in ${encoding}`,
      needle: Buffer.from('.'.repeat(before) + text)
        .toString(encoding)
        .slice(4, 24),
    })),
  );
}

/** A list, or an object with an index before each number. */
function decimalList(text: string): RegExp {
  const bytes = [...Buffer.from(text.slice(0, byteCount))].map((byte) => `\\b${byte}\\b`);
  return new RegExp(bytes.join('[^\\d]{1,12}(?:\\d{1,6}[^\\d]{1,9})?'));
}
