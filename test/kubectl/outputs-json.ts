import { answer, goodOutput, type Trial, v1, v1alpha1, v1beta1 } from './trial.js';

const status = { token: 'a-token' };

function printing(name: string, output: string | Uint8Array, core = false): Trial {
  return { name: `JSON: ${name}`, output, core };
}

/** What a plugin can print around and beside the fields of an ExecCredential. */
export const jsonOutputs: readonly Trial[] = [
  printing('a token', goodOutput, true),
  printing('nothing', '', true),
  printing('null', 'null'),
  printing('an empty object', '{}', true),
  printing('a word', 'hello'),
  printing('a JSON array', '[]'),
  printing('the object in an array', `[${goodOutput}]`),
  printing('two objects', `${goodOutput}\n${goodOutput}\n`),
  printing('text after the object', `${goodOutput}\nDone.\n`, true),
  printing('a line before the object', `Logged in.\n${goodOutput}`),
  printing('half of the object', goodOutput.slice(0, 40)),
  printing('single quotes', goodOutput.replaceAll('"', "'")),
  printing('white space around the object', ` \r\n\t${goodOutput}\n\n\r\n`),
  printing('a form feed before the object', `\f${goodOutput}`),
  printing('a no-break space before the object', `\u00a0${goodOutput}`),
  printing('a no-break space after the object', `${goodOutput}\u00a0`),
  printing('a byte order mark', `\ufeff${goodOutput}`, true),
  printing('a byte order mark and broken JSON', `\ufeff${goodOutput}}`),
  printing('UTF-16', Buffer.from(`\ufeff${goodOutput}`, 'utf16le')),
  printing('indented JSON', JSON.stringify(JSON.parse(goodOutput), null, 2)),
  printing('escaped letters in names', goodOutput.replace('"token"', '"\\u0074oken"')),
  printing('the magic number of protobuf', 'k8s\0'),

  printing('no kind', answer(status, { kind: undefined }), true),
  printing('a kind of null', answer(status, { kind: null })),
  printing('a kind in lower case', answer(status, { kind: 'execcredential' })),
  printing('another kind', answer(status, { kind: 'Secret' })),
  printing('a number as kind', answer(status, { kind: 1 })),
  printing('"Kind" and "APIVersion"', goodOutput.replace('kind', 'Kind').replace('apiV', 'APIV')),
  printing('"kind" after "KIND"', `{"KIND":"Secret",${goodOutput.slice(1)}`),
  printing('a kind with a Kelvin sign', goodOutput.replace('"kind"', '"\u212aind"')),
  printing('a wrong kind with a Kelvin sign', answer(status, { '\u212aind': 'Secret' })),
  printing('no apiVersion', answer(status, { apiVersion: undefined }), true),
  printing('an empty apiVersion', answer(status, { apiVersion: '' })),
  printing('an apiVersion of null', answer(status, { apiVersion: null })),
  printing('a number as apiVersion', answer(status, { apiVersion: 1 })),
  printing('a group only', answer(status, { apiVersion: 'client.authentication.k8s.io/' })),
  printing('a version only', answer(status, { apiVersion: 'v1' })),
  printing('two slashes', answer(status, { apiVersion: 'a/b/c' })),
  printing('version v1beta1', answer(status, { apiVersion: v1beta1 }), true),
  printing('version v1alpha1', answer(status, { apiVersion: v1alpha1 })),
  printing('version v2', answer(status, { apiVersion: 'client.authentication.k8s.io/v2' })),
  printing('another group', answer(status, { apiVersion: 'apps/v1' })),
  printing('a space after the version', answer(status, { apiVersion: `${v1} ` })),
  printing(
    'a Status',
    '{"kind":"Status","apiVersion":"v1","metadata":{},"message":"no","code":403}',
  ),

  printing('a spec', answer(status, { spec: { interactive: true, cluster: { server: 'x' } } })),
  printing('a string as spec', answer(status, { spec: 'x' })),
  printing(
    'a broken CA in the spec',
    answer(status, { spec: { cluster: { 'certificate-authority-data': '*' } } }),
  ),
  printing(
    'any config in the spec',
    answer(status, { spec: { cluster: { config: [1, { a: null }] } } }),
  ),
  printing('unknown fields', answer({ ...status, colour: 'red' }, { metadata: {}, size: 9 })),
  printing('a second status, which wins', doubled('status', { token: 'second' })),
  printing(
    'a second token, which wins',
    goodOutput.replace('a-token"', 'a-token","token":"second"'),
  ),
  printing('a second token that is null', goodOutput.replace('a-token"', 'a-token","token":null')),
  printing(
    'a second status that adds to the first',
    doubled('status', { expirationTimestamp: null }),
  ),
  printing('a second status of null', doubled('status', null)),
  printing('a second apiVersion', doubled('apiVersion', v1beta1)),

  printing('no status', answer(undefined), true),
  printing('a status of null', answer(null)),
  printing('an empty status', answer({})),
  printing('a string as status', answer('x')),
  printing('"Status"', goodOutput.replace('status', 'Status')),
  printing('"Token"', goodOutput.replace('token"', 'Token"')),
  printing('a token beside "Token"', answer({ token: 'a-token', Token: 'other' })),
  printing(
    'a prototype in its place',
    goodOutput.replace('"token"', '"__proto__":{"token":"x"},"a"'),
  ),
  printing(
    'very deep nesting',
    goodOutput.replace('{', `{"deep":${'['.repeat(20_000)}${']'.repeat(20_000)},`),
  ),
  printing('a number beyond all numbers', goodOutput.replace('{', '{"size":1e999,')),
  printing('a number with a leading zero', goodOutput.replace('{', '{"size":01,')),
];

/** An object with the field `name` twice: as it should be, and then as `value`. */
function doubled(name: string, value: unknown): string {
  return `${goodOutput.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`;
}
