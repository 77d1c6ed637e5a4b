import fc, { type Arbitrary } from 'fast-check';
import type { Pair } from './certificates.js';
import { v1, v1alpha1, v1beta1 } from './trial.js';

/** Outputs that are an ExecCredential, or almost one: JSON or YAML, with a mistake here and there. */
export function nearlyValidOutputs(pair: Pair): Arbitrary<Buffer> {
  return fc.oneof(
    { weight: 4, arbitrary: around(objectText(rootFields(pair))).map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: damaged(objectText(rootFields(pair))) },
    { weight: 2, arbitrary: around(yamlText()).map((text) => Buffer.from(text)) },
  );
}

type Field = readonly [name: string, value: string];

/** JSON text of an object, with its fields as they come: twice, in any order, in another letter case. */
function objectText(fields: Arbitrary<readonly Field[]>): Arbitrary<string> {
  return fc.tuple(fields, space, fc.boolean()).map(([list, between, isReversed]) => {
    const texts = list.map(([name, value]) => `${JSON.stringify(name)}:${between}${value}`);
    return `{${between}${(isReversed ? texts.reverse() : texts).join(`,${between}`)}}`;
  });
}

const space = fc.constantFrom('', '', ' ', '\n  ', '\t', '\r\n');

function rootFields(pair: Pair): Arbitrary<readonly Field[]> {
  return fieldList([
    field('kind', mostly('"ExecCredential"', '""', 'null', '"execcredential"', '"Secret"', '1')),
    field('apiVersion', apiVersion),
    field(
      'status',
      oftener(objectText(statusFields(pair)), fc.constantFrom('null', '[]', '"x"', '{}')),
    ),
    rarely(
      field(
        'spec',
        fc.oneof(fc.constantFrom('{}', 'null', '[]', '"x"', '{"interactive":1}'), anyJson),
      ),
    ),
    rarely(field('metadata', anyJson)),
    rarely(field('status', fc.constantFrom('{}', '{"token":"second"}'))),
  ]);
}

function statusFields({ certificate, key }: Pair): Arbitrary<readonly Field[]> {
  const keyText = key.export({ type: 'pkcs8', format: 'pem' }) as string;
  return fieldList([
    field('token', tokenText),
    rarely(field('expirationTimestamp', timestampText)),
    rarely(field('clientCertificateData', pemText(certificate, keyText))),
    rarely(field('clientKeyData', pemText(keyText, certificate))),
    rarely(field('token', fc.constant('"second"'))),
    rarely(field('more', anyJson)),
  ]);
}

const apiVersion = mostly(
  JSON.stringify(v1),
  ...[v1beta1, v1alpha1, 'v1', '', 'client.authentication.k8s.io/', 'a/b/c', `${v1} `].map((text) =>
    JSON.stringify(text),
  ),
  'null',
  '1',
);

const anyJson: Arbitrary<string> = fc.json({ maxDepth: 2 });

const tokenText: Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/).map(quoted) },
  { weight: 2, arbitrary: fc.string({ maxLength: 8 }).map(quoted) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 8 }).map(quoted) },
  { weight: 1, arbitrary: fc.constantFrom('"\ud83d\udd11"', '"\\ud800"', '"a\\u000ab"') },
  { weight: 1, arbitrary: fc.constantFrom('null', '""', '1', 'true', '[]', '" "') },
);

const timestampText: Arbitrary<string> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('2099', '2099', '2096', '0001', '0000', '99', '10000'),
      fc.constantFrom('-01', '-02', '-12', '-13', '-1', '-00'),
      fc.constantFrom('-01', '-28', '-29', '-31', '-32', '-1', '-00'),
      fc.constantFrom('T', 'T', 'T', ' ', 't', ''),
      fc.constantFrom('00', '5', '15', '23', '24'),
      fc.constantFrom(':00', ':59', ':60', ':1', ''),
      fc.constantFrom(':00', ':59', ':60', ':1', ''),
      fc.constantFrom('', '', '.5', ',5', '.', '.123456789012', '.5x'),
      fc.constantFrom('Z', 'Z', 'Z', 'z', '+05:30', '-23:59', '+24:00', '+24:60', '+0530', ''),
    )
    .map((parts) => quoted(parts.join(''))),
  fc.constantFrom('"2099-01-02T03:04:05Z"', 'null', '""', '1', '{}'),
);

/** PEM text, written in one of the ways that people write it, or the wrong one. */
function pemText(right: string, wrong: string): Arbitrary<string> {
  return fc
    .oneof(
      { weight: 4, arbitrary: fc.constant(right) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          right.replaceAll('\n', '\r\n'),
          `A comment\n${right}`,
          right + wrong,
          wrong + right,
          right.trimEnd(),
          right + right,
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          wrong,
          '',
          'x',
          right.slice(0, 60),
          Buffer.from(right).toString('base64'),
        ),
      },
    )
    .map(quoted);
}

/** What can stand before and after a document. */
function around(text: Arbitrary<string>): Arbitrary<string> {
  return fc
    .tuple(
      mostly('', ' ', '\n', '\ufeff', '\ufeff', '# a comment\n', '---\n', 'Hello\n', '\0'),
      text,
      mostly('\n', '', '\r\n', ' ', '\n---\n{}', '\n...\n', 'x', '}', '\0'),
    )
    .map((parts) => parts.join(''));
}

/** One byte too few, or another one in its place. */
function damaged(text: Arbitrary<string>): Arbitrary<Buffer> {
  const damage = fc.record({
    at: fc.nat(400),
    byte: fc.option(fc.constantFrom(...Buffer.from('{}[]",:\\ \n\0x1\xff', 'latin1'))),
    isEnd: fc.boolean(),
  });
  return fc.tuple(text, damage).map(([whole, { at, byte, isEnd }]) => {
    const bytes = Buffer.from(whole);
    const place = at % bytes.length;
    const after = bytes.subarray(isEnd ? bytes.length : place + 1);
    return Buffer.concat([
      bytes.subarray(0, place),
      Buffer.from(byte === null ? [] : [byte]),
      after,
    ]);
  });
}

/** A block of YAML whose scalars are words that mean something in one version of YAML or another. */
function yamlText(): Arbitrary<string> {
  const word = fc.constantFrom(
    ...['a-token', "'a-token'", '"a-token"', '123', "'123'", 'yes', 'n', 'true', '~', '', 'null'],
    ...[
      '1:30',
      '0o17',
      '017',
      '1_0',
      '1e3',
      '.5',
      '2026-01-02',
      '!!str 1',
      '|-\n    a',
      '>-\n    a\n    b',
    ],
    ...[
      '"a\\tb"',
      "'it''s'",
      'a#b',
      'a #b',
      'a: b',
      'a:b',
      '[a]',
      '{a: b}',
      '*x',
      '&x a',
      '%a',
      '0x1F',
    ],
  );
  const line = fc.tuple(fc.constantFrom('token', 'token', 'more', 'Token', "'token'"), word);
  return fc
    .tuple(
      fc.constantFrom('kind: ExecCredential\n', '', 'kind: "ExecCredential"\n'),
      mostly(v1, `'${v1}'`, `"${v1}"`, v1beta1, ''),
      fc.array(line, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('  ', '    ', ' '),
      fc.constantFrom('\n', '\n', '\n', '\r\n'),
    )
    .map(([kind, version, lines, indent, end]) => {
      const status = lines.map(([name, value]) => `${indent}${name}: ${value}\n`).join('');
      return `${kind}apiVersion: ${version}\nstatus:\n${status}`.replaceAll('\n', end);
    });
}

/** Each field with its name in another letter case now and then, and without those that are left out. */
function fieldList(fields: readonly Arbitrary<Field | undefined>[]): Arbitrary<readonly Field[]> {
  return fc
    .tuple(...fields)
    .map((list) => list.filter((entry): entry is Field => entry !== undefined));
}

function field(name: string, value: Arbitrary<string>): Arbitrary<Field> {
  const others = [name.toUpperCase(), (name[0] ?? '').toUpperCase() + name.slice(1)];
  const spelling = oftener(fc.constant(name), mostly(name, ...others));
  return fc.tuple(spelling, value);
}

function rarely<Value>(value: Arbitrary<Value>): Arbitrary<Value | undefined> {
  return fc.oneof(
    { weight: 7, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: value },
  );
}

/** The first of `values` in most cases. */
function mostly(value: string, ...others: readonly string[]): Arbitrary<string> {
  return oftener(fc.constant(value), fc.constantFrom(...others));
}

function oftener(often: Arbitrary<string>, seldom: Arbitrary<string>): Arbitrary<string> {
  return fc.oneof({ weight: 19, arbitrary: often }, { weight: 1, arbitrary: seldom });
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
