import type { Pair } from './certificates.js';
import type { ServerAddress, Trial } from './trial.js';

const told = { provideClusterInfo: true };

function extension(name: string, yaml: string, core = false): Trial {
  const extensions = `[{ name: client.authentication.k8s.io/exec, extension: ${yaml} }]`;
  return { name: `extension: ${name}`, exec: told, extensions, core };
}

/** What a plugin may be told about the cluster. */
const extensionTrials: readonly Trial[] = [
  extension('an object', '{ audience: foo, other: bar }'),
  extension('null', 'null'),
  extension('a string', '"a string"'),
  extension('false', 'false'),
  extension('an empty object', '{}'),
  extension('an object with a kind of its own', '{ apiVersion: a/v1, kind: Config, b: 1 }'),
  extension('keys out of order', '{ b: 1, a: { d: 1, c: 2 }, B: 3, "10": 4, "9": 5 }', true),
  extension('keys beyond ASCII', '{ "\u00e9": 1, z: 2, "\uff5e": 3, "\ud83d\udd11": 4 }'),
  extension('what HTML could misread', '"<a href=\\"x\\">&amp;</a> \\u2028"'),
  extension('a line separator', '"a \u2028 b"'),
  extension('control characters', '"\\b\\f\\n\\r\\t\\0\\x01\\x7f"'),
  extension('letters beyond ASCII', '"caf\u00e9 \ud83d\udd11 \uff5e"'),
  extension('words that are true', '{ a: yes, b: on, c: y, d: TRUE, e: "yes" }'),
  extension('a key that is a boolean', '{ n: 1, true: 2 }'),
  extension('a key that is a number', '{ 1: a, 017: b, 1.5: c, 1e3: d }'),
  extension('a key that is null', '{ ~: a }'),
  extension('integers', '{ a: 017, b: 0o17, c: 0x1F, d: 0b11, e: -0, f: +1, g: 1_000 }'),
  extension('large integers', '[12345678901234567890, 9007199254740993, -9223372036854775808]'),
  extension('very large integers', '[123456789012345678901234567890]'),
  extension('decimals', '[1.0, 1.50, 1e3, 1e21, 1e20, 1e-6, 1e-7, 0.0, .5, 0.1e1]'),
  extension('a negative zero', '-0.0'),
  extension('infinity', '.inf'),
  extension('not a number', '[.nan]'),
  extension('dates', '[2026-01-02, 2026-01-02T03:04:05Z]'),
  extension('tags', '[!!str 1, !!int "2", !!float 3]'),
  extension('a binary value', '!!binary YQ=='),
  {
    name: 'extension: another name',
    exec: told,
    extensions: '[{ name: other, extension: { a: 1 } }]',
  },
  {
    name: 'extension: the name twice',
    exec: told,
    extensions:
      '[{ name: client.authentication.k8s.io/exec, extension: 1 }, { name: client.authentication.k8s.io/exec, extension: 2 }]',
  },
  { name: 'extension: not asked for', extensions: '[{ name: x, extension: {} }]' },
];

function cluster(
  name: string,
  fields: (server: ServerAddress) => Readonly<Record<string, unknown>>,
  more: Omit<Trial, 'name'> = {},
): Trial {
  return { name: `cluster: ${name}`, exec: told, cluster: fields, ...more };
}

const inBase64 = (text: string): string => Buffer.from(text).toString('base64');
const withoutCa = { 'certificate-authority-data': undefined };

const clusterTrials: readonly Trial[] = [
  { name: 'cluster: told', exec: told, core: true },
  {
    name: 'cluster: told, v1beta1',
    exec: { ...told, apiVersion: 'client.authentication.k8s.io/v1beta1' },
    core: true,
  },
  { name: 'cluster: provideClusterInfo as a string', exec: { provideClusterInfo: 'true' } },
  { name: 'cluster: provideClusterInfo null', exec: { provideClusterInfo: null } },
  cluster('by number', ({ port }) => ({ server: `https://127.0.0.1:${port}` }), { core: true }),
  cluster('a slash at the end', ({ url }) => ({ server: `${url}/` })),
  cluster('a path', ({ url }) => ({ server: `${url}/k8s/clusters/c-1` })),
  cluster('a path and a slash', ({ url }) => ({ server: `${url}/k8s/` })),
  cluster('a query', ({ url }) => ({ server: `${url}/k8s?x=1#y` })),
  cluster('a query without a path', ({ url }) => ({ server: `${url}?x=1` })),
  cluster('a fragment', ({ url }) => ({ server: `${url}#y` })),
  cluster('in upper case', ({ url }) => ({ server: url.toUpperCase() })),
  cluster('dots in the path', ({ url }) => ({ server: `${url}/a/../b` })),
  cluster('a letter beyond ASCII in the path', ({ url }) => ({ server: `${url}/caf\u00e9` })),
  cluster('an escape in the path', ({ url }) => ({ server: `${url}/a%2Fb` })),
  cluster('a space before', ({ url }) => ({ server: ` ${url}` })),
  cluster('a user in the URL', ({ port }) => ({ server: `https://a:b@localhost:${port}` })),
  cluster('no scheme', ({ port }) => ({ server: `localhost:${port}` })),
  cluster('another scheme', ({ port }) => ({ server: `ftp://localhost:${port}` })),
  cluster('a port that is none', () => ({ server: 'https://localhost:99999' })),
  cluster('a file', () => ({ ...withoutCa, 'certificate-authority': 'ca.pem' }), {
    files: ({ ca }) => ({ 'ca.pem': ca }),
  }),
  cluster(
    'a file in another folder',
    () => ({ ...withoutCa, 'certificate-authority': './a/ca.pem' }),
    {
      files: ({ ca }) => ({ 'a/ca.pem': `My CA\n${ca}` }),
    },
  ),
  cluster('a file that is not there', () => ({ ...withoutCa, 'certificate-authority': 'ca.pem' })),
  cluster('a file and data', () => ({ 'certificate-authority': 'ca.pem' }), {
    files: ({ ca }) => ({ 'ca.pem': ca }),
  }),
  cluster('no CA', () => withoutCa),
  cluster('an empty CA', () => ({ 'certificate-authority-data': '' })),
  cluster('a CA that is no PEM', () => ({ 'certificate-authority-data': inBase64('hello') })),
  cluster('a CA that is no base64', () => ({ 'certificate-authority-data': '*' })),
  cluster('a CA in base64 with line breaks', ({ ca }) => ({
    'certificate-authority-data': inBase64(ca).replace(/.{76}/g, '$&\n'),
  })),
  cluster('a CA in base64 without padding', ({ ca }) => ({
    'certificate-authority-data': inBase64(`${ca}\n`.repeat(2)).replace(/=+$/, ''),
  })),
  cluster('a CA with text around it', ({ ca }) => ({
    'certificate-authority-data': inBase64(`My CA\n${ca}\n# end\n`),
  })),
  cluster('a CA with letters of Latin-1 around it', ({ ca }) => ({
    'certificate-authority-data': Buffer.from(`caf\u00e9\n${ca}`, 'latin1').toString('base64'),
  })),
  cluster('a CA twice', ({ ca }) => ({ 'certificate-authority-data': inBase64(ca + ca) })),
  cluster('a CA of 150 kB', ({ ca }) => ({
    'certificate-authority-data': inBase64(ca.repeat(Math.ceil(150_000 / ca.length))),
  })),
  cluster('insecure', () => ({ ...withoutCa, 'insecure-skip-tls-verify': true }), { core: true }),
  cluster('insecure, with a CA', () => ({ 'insecure-skip-tls-verify': true })),
  cluster('insecure as a string', () => ({ ...withoutCa, 'insecure-skip-tls-verify': 'true' })),
  cluster(
    'a name for TLS',
    ({ port }) => ({
      server: `https://127.0.0.1:${port}`,
      'tls-server-name': 'localhost',
    }),
    { core: true },
  ),
  cluster('a wrong name for TLS', () => ({ 'tls-server-name': 'example.test' })),
  cluster('a number as name for TLS', () => ({ 'tls-server-name': '127.0.0.1' })),
  cluster('no compression', () => ({ 'disable-compression': true }), { core: true }),
  cluster('a proxy', () => ({ 'proxy-url': 'http://127.0.0.1:1' })),
  cluster('plain http', ({ plainUrl }) => ({ ...withoutCa, server: plainUrl })),
  cluster('plain http elsewhere', ({ plainUrl }) => ({
    ...withoutCa,
    server: plainUrl.replace('localhost', '0.0.0.0'),
  })),
];

/** What a user can have beside a plugin, or instead of it. */
function userTrials({ certificate, key }: Pair): readonly Trial[] {
  const pair = {
    'client-certificate-data': inBase64(certificate),
    'client-key-data': inBase64(key.export({ type: 'pkcs8', format: 'pem' }) as string),
  };
  const user = (name: string, fields: Readonly<Record<string, unknown>>, core = false): Trial => ({
    name: `user: ${name}`,
    user: fields,
    core,
  });
  return [
    user('a token too', { token: 'mine' }, true),
    { ...user('a token file too', { tokenFile: 'token' }), files: () => ({ token: 'mine\n' }) },
    user('a certificate too', pair),
    user('a certificate too, without its key', { ...pair, 'client-key-data': undefined }),
    user('a key too, without its certificate', { ...pair, 'client-certificate-data': undefined }),
    user('a certificate and a token too', { ...pair, token: 'mine' }),
    user('an empty token too', { token: '' }),
    user('a user name too', { username: 'me', password: 'x' }),
    user('a password too', { password: 'x' }),
    user('an auth provider too', { 'auth-provider': { name: 'gcp' } }),
    user('another to act as', { as: 'someone' }),
    user('another to act as, in a group', {
      ...{ as: 'someone', 'as-uid': '5', 'as-groups': ['ops'] },
      'as-user-extra': { 'example.org/Odd %': ['x'] },
    }),
    user('another to act as, in several groups', { as: 'someone', 'as-groups': ['a', 'b'] }),
    user('a user name and a token too', { username: 'me', password: 'x', token: 'mine' }),
    user('unknown fields', { colour: 'red' }),
    user('no plugin and nothing else', { exec: undefined }),
    user('a plugin of null', { exec: null }),
    user('a plugin that is a string', { exec: 'plugin' }),
  ];
}

/** What stands around the `exec` part in a kubeconfig. */
export function surroundingTrials(pair: Pair): readonly Trial[] {
  return [...extensionTrials, ...clusterTrials, ...userTrials(pair)];
}
