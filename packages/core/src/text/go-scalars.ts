import type { ScalarTagDefinition } from 'js-yaml';

/** The part of the YAML package that makes a type of words. */
export type ScalarTags = Pick<typeof import('js-yaml'), 'defineScalarTag' | 'NOT_RESOLVED'>;

/**
 * What an unquoted word means to kubectl, whose YAML reader follows YAML 1.1 in some things (`on` is true, `017` is 15)
 * and not in others (dates and `1:30` stay words, `0o17` is a number).
 * Measured with kubectl 1.32; the words that matter most are those that must not become numbers by surprise.
 */
export function goScalars({ defineScalarTag, NOT_RESOLVED }: ScalarTags): ScalarTagDefinition[] {
  return words.map(([name, pattern, read]) =>
    defineScalarTag<unknown>(`tag:yaml.org,2002:${name}`, {
      implicit: true,
      resolve: (word) =>
        word.length <= longestWord && pattern.test(word) ? read(word) : NOT_RESOLVED,
      identify: () => false,
    }),
  );
}

// A million digits are no number that anybody means, and to read them takes as long as everything else together.
const longestWord = 1_024;

/** Each type with the words that have this meaning, and what they mean; all others keep looking. */
const words: readonly (readonly [
  name: string,
  pattern: RegExp,
  read: (word: string) => unknown,
])[] = [
  ['null', /^(?:~|null|Null|NULL)?$/, () => null],
  [
    'bool',
    /^(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
    (word) => /^(?:y|yes|true|on)$/i.test(word),
  ],
  ['int', /^[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]*|[1-9][0-9_]*)$/, readInteger],
  [
    'float',
    /^(?:[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
    readDecimal,
  ],
];

function readInteger(word: string): number | bigint | string {
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/.exec(word.replaceAll('_', '')) ?? [];
  // No 64 bits hold more.
  if (digits.length > mostDigits) return outOfRange(word, digits);
  const octal = /^0[oO]?([0-7]+)$/.exec(digits);
  let value: bigint;
  try {
    value = BigInt(octal === null ? digits : `0o${octal[1]}`);
  } catch {
    return word;
  }
  if (sign === '-') value = -value;
  if (BigInt.asIntN(64, value) !== value && BigInt.asUintN(64, value) !== value) {
    return outOfRange(word, digits);
  }
  // A number where nothing is lost by it; else every digit is kept, as kubectl keeps it.
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

const mostDigits = 100;

/** What is too large for a whole number is a decimal one, or a word where only whole numbers are written like that. */
function outOfRange(word: string, digits: string): number | string {
  return /^[1-9]/.test(digits) ? readDecimal(word) : word;
}

function readDecimal(word: string): number | string {
  if (/n$/i.test(word)) return Number.NaN;
  if (/f$/i.test(word)) return Number.POSITIVE_INFINITY;
  const value = Number(word.replaceAll('_', ''));
  return Number.isFinite(value) ? value : word;
}
