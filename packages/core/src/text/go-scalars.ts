import type { ScalarTag } from 'yaml';

/**
 * What an unquoted word of a kubeconfig means to kubectl, whose YAML reader follows YAML 1.1 in some things
 * (`on` is true, `017` is 15) and not in others (dates and `1:30` stay words, `0o17` is a number).
 * Measured with kubectl 1.32; the words that matter most are those that must not become numbers by surprise.
 */
export const goScalars: ScalarTag[] = [
  {
    default: true,
    tag: 'tag:yaml.org,2002:null',
    test: /^(?:~|null|Null|NULL)?$/,
    resolve: () => null,
  },
  {
    default: true,
    tag: 'tag:yaml.org,2002:bool',
    test: /^(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
    resolve: (word) => /^(?:y|yes|true|on)$/i.test(word),
  },
  {
    default: true,
    tag: 'tag:yaml.org,2002:int',
    test: /^[-+]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]*|[1-9][0-9_]*)$/,
    resolve: integer,
  },
  {
    default: true,
    tag: 'tag:yaml.org,2002:float',
    test: /^[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/,
    resolve: decimal,
  },
  {
    default: true,
    tag: 'tag:yaml.org,2002:float',
    test: /^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/,
    resolve: (word) => (/n$/i.test(word) ? Number.NaN : Number.POSITIVE_INFINITY),
  },
];

function integer(word: string): number | bigint | string {
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/.exec(word.replaceAll('_', '')) ?? [];
  const octal = /^0[oO]?([0-7]+)$/.exec(digits);
  let value: bigint;
  try {
    value = BigInt(octal === null ? digits : `0o${octal[1]}`);
  } catch {
    return word;
  }
  if (sign === '-') value = -value;
  if (BigInt.asIntN(64, value) !== value && BigInt.asUintN(64, value) !== value) {
    return /^[1-9]/.test(digits) ? Number(value) : word;
  }
  // A number where nothing is lost by it; else every digit is kept, as kubectl keeps it.
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function decimal(word: string): number | string {
  const value = Number(word.replaceAll('_', ''));
  return Number.isFinite(value) ? value : word;
}
