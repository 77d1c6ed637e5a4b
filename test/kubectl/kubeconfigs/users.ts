import type { Trial } from '../trial.js';
import { core, kubeconfig, withUser, written } from './written.js';

const pairInData = 'client-certificate-data: CERT_DATA\nclient-key-data: KEY_DATA';
const pairInFiles = 'client-certificate: me.crt\nclient-key: me.key';
const pairFiles = { 'me.crt': 'CERT_PEM', 'me.key': 'KEY_PEM' };

function holding(name: string, user: string, files?: Readonly<Record<string, string>>): Trial {
  return withUser(`user: ${name}`, user, files && { files });
}

function provider(name: string, config: string = ''): Trial {
  return holding(`the login of ${name}`, `auth-provider:\n  name: ${name}${config}`);
}

function acting(name: string, lines: string): Trial {
  return withUser(`to act as ${name}`, `token: a-token\n${lines}`);
}

const userOf = (text: string): string =>
  kubeconfig().replace(/ {2}user:\n.*token: a-token/, `  ${text}`);

/** Users without a credential, and what stands where one should. */
const nobodies: readonly Trial[] = [
  holding('nothing', 'colour: red'),
  holding('an empty object', '{}'),
  written('user: null', userOf('user: null')),
  written('user: left out', userOf('other: 1')),
  written('user: a word', userOf('user: me')),
  written('user: a list', userOf('user: [a]')),
  written('context: no user', kubeconfig({ context: 'namespace: here' })),
  written('context: a user of null', kubeconfig({ context: 'user: null' })),
  written('context: an empty user', kubeconfig({ context: 'user: ""' })),
  written('context: a user that is not there', kubeconfig({ context: 'user: moon' })),
  holding('an empty token', 'token: ""'),
  holding('an empty name and password', 'username: ""\npassword: ""'),
  holding('a plugin of null', 'exec: null'),
  holding('a key without its certificate', 'client-key-data: KEY_DATA'),
  holding('a login of nobody', 'auth-provider: {}'),
  written(
    'user: nothing, over plain http',
    kubeconfig({ cluster: 'server: http://localhost:PLAIN', user: '{}' }),
  ),
  withUser('to act as somebody without a credential', 'as: someone'),
];

/** The same, where Keyturn is told that it is meant. */
function onPurpose(trial: Trial): Trial {
  const { name, whole } = trial;
  return {
    ...trial,
    name: `${name}, on purpose`,
    ...(whole && { whole: { ...whole, anonymous: true } }),
  };
}

/** What a user has, and as whom it acts. */
export const userKubeconfigs: readonly Trial[] = [
  holding('a token', 'token: a-token'),
  holding('a token with signs', 'token: "a+b/c=.d~e_f-g:h;i"'),
  holding('a token with blanks inside', 'token: "a b"'),
  holding('a token with a blank at its end', 'token: "a-token "'),
  holding('a token with a line break', 'token: "a-token\\n"'),
  holding('a token beyond ASCII', 'token: caf\u00e9'),
  holding('a token that says what it is', 'token: Bearer a-token'),
  holding('a number as a token', 'token: 12345'),
  holding('a token left out by kubectl config view', 'token: REDACTED'),
  holding('a placeholder as a token', `token: "$\{TOKEN}"`),
  core(holding('a token in a file', 'tokenFile: token', { token: 'from-a-file' })),
  holding('a token in a file, with a line break', 'tokenFile: token', { token: 'from-a-file\n' }),
  holding('a token in a file, with blanks around it', 'tokenFile: token', {
    token: ' \tfrom-a-file \r\n\n',
  }),
  holding('a token in a file in a folder', 'tokenFile: ./secrets/token', {
    'secrets/token': 'from-a-file',
  }),
  holding('a token in a file by its whole path', 'tokenFile: FOLDER/token', {
    token: 'from-a-file',
  }),
  holding('a token in a file of two lines', 'tokenFile: token', { token: 'one\ntwo\n' }),
  holding('a token in a file that says what it is', 'tokenFile: token', {
    token: 'Bearer a-token',
  }),
  holding('a token in a file that is not there', 'tokenFile: token'),
  holding('a token in a file that is empty', 'tokenFile: token', { token: '\n' }),
  holding('a token in a folder', 'tokenFile: secrets', { 'secrets/token': 'a-token' }),
  holding('a token and one in a file', 'token: mine\ntokenFile: token', { token: 'from-a-file' }),
  holding('a token and one in a file that is not there', 'token: mine\ntokenFile: token'),
  holding('a token and one in a file that is empty', 'token: mine\ntokenFile: token', {
    token: '',
  }),
  holding('a token file in other letters', 'token-file: token', { token: 'from-a-file' }),
  holding('a certificate in data', pairInData),
  core(holding('a certificate in files', pairInFiles, pairFiles)),
  holding(
    'a certificate in a file, its key in data',
    'client-certificate: me.crt\nclient-key-data: KEY_DATA',
    pairFiles,
  ),
  holding(
    'a certificate in data, its key in a file',
    'client-certificate-data: CERT_DATA\nclient-key: ./me.key',
    pairFiles,
  ),
  holding(
    'a certificate in data of several lines',
    'client-certificate-data: |\n  CERT_LINES\nclient-key-data: |\n  KEY_LINES',
  ),
  holding(
    'a certificate in files of a folder',
    'client-certificate: pki/me.crt\nclient-key: FOLDER/pki/me.key',
    { 'pki/me.crt': 'CERT_PEM', 'pki/me.key': 'KEY_PEM' },
  ),
  holding(
    'a certificate and its key in one file',
    'client-certificate: me.pem\nclient-key: me.pem',
    { 'me.pem': 'CERT_PEM\nKEY_PEM' },
  ),
  holding('a certificate with its chain', 'client-certificate: me.crt\nclient-key: me.key', {
    ...pairFiles,
    'me.crt': 'CERT_PEM\nCA_PEM',
  }),
  holding('a certificate with words before it', pairInFiles, {
    ...pairFiles,
    'me.crt': 'Subject: CN=me\nCERT_PEM',
  }),
  holding('a certificate in data and a file', `${pairInData}\n${pairInFiles}`, pairFiles),
  holding('a certificate in data and in a file that is not there', `${pairInData}\n${pairInFiles}`),
  holding('a certificate in files that are not there', pairInFiles),
  holding('a certificate without its key', 'client-certificate-data: CERT_DATA'),
  holding(
    'a certificate without its key, and a token',
    'client-certificate-data: CERT_DATA\ntoken: a-token',
  ),
  holding(
    'a key without its certificate, and a token',
    'client-key-data: KEY_DATA\ntoken: a-token',
  ),
  holding(
    'a certificate with the key of another',
    'client-certificate-data: CERT_DATA\nclient-key-data: OTHER_KEY_DATA',
  ),
  holding(
    'a certificate and a key that are swapped',
    'client-certificate-data: KEY_DATA\nclient-key-data: CERT_DATA',
  ),
  holding(
    'a certificate that has expired',
    'client-certificate-data: OLD_CERT_DATA\nclient-key-data: OLD_KEY_DATA',
  ),
  holding(
    'a certificate that has expired, and a token',
    'client-certificate-data: OLD_CERT_DATA\nclient-key-data: OLD_KEY_DATA\ntoken: a-token',
  ),
  holding(
    'a certificate that is no base64',
    'client-certificate-data: "***"\nclient-key-data: KEY_DATA',
  ),
  holding(
    'a certificate that is no PEM',
    'client-certificate-data: aGVsbG8=\nclient-key-data: KEY_DATA',
  ),
  core(holding('a certificate and a token', `${pairInData}\ntoken: a-token`)),
  core(holding('a name and a password', 'username: me\npassword: secret')),
  holding('a name and an empty password', 'username: me\npassword: ""'),
  holding('a name only', 'username: me'),
  holding('a password only', 'password: secret'),
  holding('a name with a colon', 'username: "a:b"\npassword: secret'),
  holding('a password with a colon', 'username: me\npassword: "a:b:c"'),
  holding(
    'a name and a password beyond ASCII',
    'username: caf\u00e9\npassword: "\ud83d\udd11 \u00fc"',
  ),
  holding('a password with a line break', 'username: me\npassword: "a\\nb"'),
  holding('a number as a password', 'username: me\npassword: 12345'),
  holding('a name and a password, and a token', 'username: me\npassword: secret\ntoken: a-token'),
  holding(
    'a name and a password, and a token in a file',
    'username: me\npassword: secret\ntokenFile: token',
    { token: 'from-a-file' },
  ),
  holding(
    'a name and a password, and a certificate',
    `username: me\npassword: secret\n${pairInData}`,
  ),
  holding('fields that nobody knows', 'token: a-token\ncolour: red\nid-token: x'),

  core(acting('somebody', 'as: someone')),
  acting('somebody with signs', 'as: system:serviceaccount:ns:some%one@example.org'),
  acting('somebody beyond ASCII', 'as: caf\u00e9'),
  acting('somebody with a line break', 'as: "a\\nb"'),
  acting('a number', 'as: 5'),
  acting('nobody', 'as: ""'),
  acting('somebody with a number', 'as: someone\nas-uid: "5"'),
  acting('somebody in a group', 'as: someone\nas-groups: [ops]'),
  acting('somebody in several groups', 'as: someone\nas-groups: [ops, "dev team"]'),
  acting('somebody in no group', 'as: someone\nas-groups: []\nas-user-extra: {}'),
  acting('somebody in a group without a name', 'as: someone\nas-groups: [""]'),
  acting('somebody for a reason', 'as: someone\nas-user-extra: {reason: [audit]}'),
  acting(
    'somebody for a reason with an odd name',
    'as: someone\nas-user-extra: {"Example.org/Odd %\u00e9": [x]}',
  ),
  acting('somebody for several reasons', 'as: someone\nas-user-extra: {reason: [audit, repair]}'),
  acting(
    'somebody for reasons of several names',
    'as: someone\nas-user-extra: {reason: [audit], scopes: [view]}',
  ),
  acting('somebody for no reason', 'as: someone\nas-user-extra: {reason: []}'),
  acting('part of nobody', 'as-groups: [ops]'),
  acting('a number of nobody', 'as-uid: "5"'),
  acting('a reason of nobody', 'as-user-extra: {reason: [audit]}'),
  acting('nobody in no group', 'as-groups: []\nas-user-extra: {}'),
  acting('somebody in groups that are a word', 'as: someone\nas-groups: ops'),
  acting('somebody, in other words', 'impersonate: someone\nas-group: ops'),
  withUser('to act as somebody with a certificate', `${pairInData}\nas: someone`),
  withUser('to act as somebody with a password', 'username: me\npassword: secret\nas: someone'),

  provider('gcp', '\n  config: {access-token: x, expiry: "2026-01-01T00:00:00Z"}'),
  provider('azure', '\n  config: {apiserver-id: x, client-id: y}'),
  provider(
    'oidc',
    '\n  config: {client-id: x, idp-issuer-url: "https://localhost:1", id-token: y}',
  ),
  provider('openstack'),
  provider('somebody else'),
  withUser('user: the login of gcp, and a token', 'auth-provider: {name: gcp}\ntoken: a-token'),
  withUser('user: the login of null', 'auth-provider: null\ntoken: a-token'),

  ...nobodies,
  ...nobodies.map(onPurpose),
];
