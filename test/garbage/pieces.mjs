// Pieces of garbage, each made again from its seed and number: what a broken plugin prints and a broken kubeconfig holds.

/** Stands in every piece that can hold it, and must stand in no message. */
export const planted = 'pl4nted-Secret-0123456789';

/** A generator of numbers from 0 to 1 that gives the same for the same seed. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const times = (text) => (size) => text.repeat(Math.ceil(size / text.length));
const lines = (make) => (size, next) => {
  const made = [];
  for (let length = 0; length < size; length += made.at(-1).length)
    made.push(make(made.length, next));
  return made.join('');
};
const between =
  (before, text, after = '') =>
  (size) =>
    before + times(text)(size) + after;

/** By name; each takes a size and a generator of numbers. */
const shapes = {
  brackets: times('['),
  braces: times('{'),
  'closing brackets': times(']'),
  'brackets that close': (size) => '['.repeat(size / 2) + ']'.repeat(size / 2),
  'objects in objects': times('{"a":'),
  'objects in objects, closed': (size) => `${'{"a":'.repeat(size / 6)}1${'}'.repeat(size / 6)}`,
  'flow maps': times('{a: '),
  'lists of maps': times('[{a: '),
  'lists on a line': times('- '),
  'keys on a line': times('? '),
  'lists and keys on a line': times('- ? '),
  'values on a line': times(': '),
  'lists by indentation': lines((index) => `${' '.repeat(index % 2_000)}-\n`),
  'maps by indentation': lines((index) => `${' '.repeat(index % 2_000)}a:\n`),
  'maps and lists by indentation': lines((index) => `${' '.repeat(index % 2_000)}- a:\n`),
  items: times('- a\n'),
  keys: lines((index) => `k${index}: v\n`),
  'one key again': times('a: b\n'),
  'one key of JSON again': between('{"a": 1', ', "a": 1', '}'),
  'flow items': between('[', 'a, ', ']'),
  'flow keys': between('{', 'a: b, ', '}'),
  'items of JSON': between('{"a": [1', ',1', ']}'),
  'objects of JSON': between('{"a": [{}', ',{}', ']}'),
  'keys of JSON': (size) => `{${Array.from({ length: size / 12 }, (_, index) => `"k${index}":1`)}}`,
  documents: times('---\na: b\n'),
  'ends of documents': times('...\n'),
  directives: times('%YAML 1.1\n'),
  'unknown directives': times('%a b\n'),
  anchors: times('&a '),
  'anchors and aliases': times('&a *a '),
  aliases: between('a: &a b\nc: [', '*a,', ']'),
  'aliases without anchors': times('*a '),
  'an anchor in itself': between('&a [*a', ', *a', ']'),
  'merge keys': between('a: &a {b: c}\n', '<<: *a\n'),
  'merges that multiply': lines(
    (index) =>
      `m${index}: &m${index} {<<: [${index ? `*m${index - 1}, *m${index - 1}` : ''}], k${index}: 1}\n`,
  ),
  'aliases that multiply': lines(
    (index) =>
      `${index}: &x${index} [${
        index
          ? Array(9)
              .fill(`*x${index - 1}`)
              .join()
          : '1'
      }]\n`,
  ),
  'aliases that go deep': lines(
    (index) => `${99_999 - index}: &x${index} [${index ? `*x${index - 1}` : ''}]\n`,
  ),
  tags: times('!a '),
  'tags of YAML': lines(
    (index) =>
      `- !!${['int', 'float', 'map', 'seq', 'set', 'binary', 'null', 'bool'][index % 8]} a\n`,
  ),
  'one long tag': times('!'),
  'a long word': times('x'),
  'a long key': (size) => `${'k'.repeat(size)}: v`,
  'a long complex key': (size) => `? ${'k'.repeat(size)}\n: v`,
  'a long value': between('a: ', planted),
  'a long quoted value': between('a: "', planted, '"'),
  'a value without an end': between('a: "', planted),
  'a value in single quotes': between("a: '", "''", "'"),
  escapes: between('a: "', '\\n', '"'),
  'escapes of JSON': between('{"a": "', '\\u0041', '"}'),
  'a number': (size) => `a: ${'9'.repeat(size)}`,
  'a number of JSON': (size) => `{"a": ${'9'.repeat(size)}}`,
  'a hexadecimal number': (size) => `a: 0x${'f'.repeat(size)}`,
  'a number with underscores': between('a: 1', '_1'),
  'a fraction': (size) => `a: 1.${'0'.repeat(size)}e99`,
  'a block': between('a: |\n', ' x\n'),
  'a folded block': between('a: >\n', ' x\n\n'),
  'a folded word': between('a: x\n', ' x\n'),
  'quoted lines': between('a: "', 'x\n ', '"'),
  comments: times('#\n'),
  'comments behind': times('a: b #\n'),
  'one long comment': (size) => `#${' x'.repeat(size / 2)}`,
  'line breaks': times('\n'),
  'Windows line breaks': times('\r\n'),
  'carriage returns': times('\r'),
  blanks: times(' '),
  'blanks before a word': (size) => `${' '.repeat(size)}x`,
  tabs: times('\t'),
  'tabs in a map': between('a:\n', '\tb: c\n'),
  dashes: times('-'),
  colons: times(':'),
  'question marks': times('?'),
  commas: times(','),
  quotes: times('"'),
  'single quotes': times("'"),
  ampersands: times('&'),
  asterisks: times('*'),
  'percent signs': times('%'),
  'at signs': times('@'),
  bars: times('|'),
  backslashes: times('\\'),
  backticks: times('`'),
  zeros: times('\0'),
  bells: times('\u0007'),
  colours: times('\u001b[31m'),
  'marks of byte order': times('\ufeff'),
  'halves of pairs': times('\ud800'),
  'line separators': times('\u2028'),
  'wide letters': times('日本語: テキスト\n'),
  HTML: between(
    `<!DOCTYPE html>\n<html><body>${planted}`,
    '<p class="a">Please: sign in</p>\n',
    '</body></html>',
  ),
  XML: between('<?xml version="1.0"?><list>', `<item>${planted}</item>`, '</list>'),
  'a log': lines(
    (index) => `2026-11-29T20:00:${String(index % 60).padStart(2, '0')}Z INFO token: ${planted}\n`,
  ),
  'words before JSON': (size) => `${'Welcome. '.repeat(size / 9)}\n${validOutput}`,
  'words behind JSON': (size) => `${validOutput}${'Welcome. '.repeat(size / 9)}`,
  'JSON again and again': times(validOutputText()),
  base64: (size) => Buffer.alloc((size * 3) / 4, planted).toString('base64'),
  'printable letters': (size, next) => letters(size, next, 95, 32),
  'YAML letters': (size, next) =>
    Array.from({ length: size }, () => pick('[]{}:,-?&*!|>\'"%@`# \n\tab01', next)).join(''),
  'JSON letters': (size, next) =>
    Array.from({ length: size }, () => pick('[]{}:,"\\ \ntruefalsn01.eE-', next)).join(''),
};

const binaryShapes = {
  bytes: (size, next) => Buffer.from(Array.from({ length: size }, () => Math.floor(next() * 256))),
  'bytes above ASCII': (size) => Buffer.alloc(size, 0xff),
  'broken UTF-8': (size) => Buffer.alloc(size, Buffer.from([0x61, 0xc3, 0x28, 0x3a, 0x20])),
  'an ELF program': (size) =>
    Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), Buffer.alloc(size)]),
  gzip: (size, next) =>
    Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 0]),
      Buffer.from(Array.from({ length: size }, () => Math.floor(next() * 256))),
    ]),
  'UTF-16 without a mark': (size) =>
    Buffer.from(`token: ${planted}\n`.repeat(size / 50 + 1), 'utf16le'),
  'UTF-16 with a mark': (size) => Buffer.from(`\ufeff${'['.repeat(size / 2)}`, 'utf16le'),
  'UTF-16, big endian': (size) => Buffer.from(`\ufeff${'- '.repeat(size / 4)}`, 'utf16le').swap16(),
  'UTF-32': (size) =>
    Buffer.concat([
      Buffer.from([0xff, 0xfe, 0, 0]),
      Buffer.alloc(size, Buffer.from('a\0\0\0', 'latin1')),
    ]),
};

function letters(size, next, count, first) {
  return Array.from({ length: size }, () =>
    String.fromCharCode(first + Math.floor(next() * count)),
  ).join('');
}

function pick(choices, next) {
  return choices[Math.floor(next() * choices.length)];
}

function validOutputText() {
  return `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"${planted}"}}`;
}

const validOutput = validOutputText();
const validYaml = `apiVersion: client.authentication.k8s.io/v1\nkind: ExecCredential\nstatus:\n  token: ${planted}\n`;
const validKubeconfig = `apiVersion: v1
kind: Config
current-context: work
contexts:
- name: work
  context: {cluster: prod, user: me}
clusters:
- name: prod
  cluster:
    server: https://127.0.0.1:6443
users:
- name: me
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: aws
      args: [eks, get-token]
      env:
      - name: TOKEN
        value: ${planted}
`;
const valid = [validOutput, validYaml, validKubeconfig];

/** Where garbage may stand: alone, or in the middle of something that is right. */
const frames = [
  (text) => text,
  (text) => text,
  (text) => `apiVersion: client.authentication.k8s.io/v1\nstatus:\n  token: ${text}`,
  (text) => `{"apiVersion":"client.authentication.k8s.io/v1","status":${text}}`,
  (text) => `apiVersion: v1\nusers:\n- name: me\n  user: ${text}`,
  (text) => `{"apiVersion":"v1","users":[{"name":"me","user":${text}}]}`,
  (text) => `# a comment\n---\n${text}`,
];

/** Cuts, doubles, exchanges and fills. */
function mutate(text, next) {
  let mutated = text;
  for (let change = 0; change <= next() * 4; change += 1) {
    const at = Math.floor(next() * mutated.length);
    const to = at + Math.floor(next() * 20);
    const between = [
      '',
      mutated.slice(at, to).repeat(2 + Math.floor(next() * 500)),
      pick('[]{}:,-?&*!|>\'"%@`# \n\t\0\u001b', next).repeat(1 + Math.floor(next() * 2_000)),
      String.fromCharCode(Math.floor(next() * 0x10000)),
    ][Math.floor(next() * 4)];
    mutated = mutated.slice(0, at) + between + mutated.slice(to);
  }
  return mutated;
}

const sizes = [1, 30, 600, 1_000, 2_000, 4_000, 16_000, 64_000, 200_000, 1_000_000];
// What is made letter by letter takes longer to make than to read.
const slow = new Set(['printable letters', 'YAML letters', 'JSON letters', 'bytes', 'gzip']);
const names = [...Object.keys(shapes), ...Object.keys(binaryShapes)];

/** What a plugin may print at most. */
function cut(bytes) {
  return bytes.subarray(0, 1_048_576);
}

/** Makes the piece `number` of `seed`: its name, its bytes, and whether it may be something that is right. */
export function makePiece(seed, number) {
  const next = random(seed * 1_000_003 + number);
  if (number % 4 === 3) {
    const text = mutate(valid[number % 3], next);
    return { name: `a mutation, ${text.length} letters`, bytes: Buffer.from(text) };
  }
  const name = names[number % names.length];
  const largest = slow.has(name) ? 64_000 : Number.POSITIVE_INFINITY;
  const size = Math.min(largest, sizes[Math.floor(next() * sizes.length)]);
  const label = `${name}, ${size} letters`;
  const binary = binaryShapes[name];
  if (binary !== undefined) return { name: label, bytes: cut(binary(size, next)) };
  const frame = frames[Math.floor(next() * frames.length)];
  return { name: label, bytes: cut(Buffer.from(frame(shapes[name](size, next)))) };
}
