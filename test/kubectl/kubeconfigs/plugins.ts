import { answer, type Trial, v1, v1alpha1, v1beta1 } from '../trial.js';
import { core, kubeconfig, server, withUser, written } from './written.js';

const stanza = `exec:
  apiVersion: ${v1}
  interactiveMode: Never
  command: ./plugin`;

function running(name: string, lines: string, more: Partial<Trial> = {}): Trial {
  return { ...withUser(`plugin: ${name}`, `${stanza}\n${lines}`), ...more };
}

function called(name: string, command: string, more: Partial<Trial> = {}): Trial {
  const exec = `exec:\n  apiVersion: ${v1}\n  interactiveMode: Never\n  command: ${command}`;
  return { ...withUser(`plugin: ${name}`, exec), ...more };
}

function inVersion(apiVersion: string, mode: string = '', output?: string): Trial {
  const exec = `exec:\n  apiVersion: ${apiVersion}\n  command: ./plugin${mode}`;
  return {
    ...withUser(
      `plugin: ${apiVersion.replace(/.*\//, '')}${mode.trim() && `, ${mode.trim()}`}`,
      exec,
    ),
    ...(output !== undefined && { output }),
  };
}

function told(name: string, cluster: string, files?: Readonly<Record<string, string>>): Trial {
  return written(
    `plugin: told of ${name}`,
    kubeconfig({ cluster, user: `${stanza}\n  provideClusterInfo: true` }),
    files && { files },
  );
}

const safe = `${server}\ncertificate-authority-data: CA_DATA`;

/** Which plugin is run, with what, and what it is told. */
export const pluginKubeconfigs: readonly Trial[] = [
  running('plain', ''),
  inVersion(v1),
  inVersion(v1, '\n  interactiveMode: IfAvailable'),
  inVersion(v1, '\n  interactiveMode: Always'),
  inVersion(v1beta1, '', answer({ token: 'a-token' }, { apiVersion: v1beta1 })),
  inVersion(
    v1beta1,
    '\n  interactiveMode: Never',
    answer({ token: 'a-token' }, { apiVersion: v1beta1 }),
  ),
  inVersion(v1alpha1, '', answer({ token: 'a-token' }, { apiVersion: v1alpha1 })),
  inVersion('client.authentication.k8s.io/v2'),
  inVersion('a-version-of-no-group'),
  running('arguments', '  args: [get-token, --cluster, "my cluster", "", "$HOME"]'),
  running(
    'arguments in lines',
    '  args:\n  - get-token\n  - -x=1\n  # a comment\n  - |\n    two\n    lines',
  ),
  running('arguments of null', '  args: null'),
  running('arguments that are a word', '  args: get-token'),
  running('a number as an argument', '  args: [--port, 8080]'),
  running('true as an argument', '  args: [true]'),
  core(
    running(
      'variables',
      '  env:\n  - {name: AWS_PROFILE, value: prod}\n  - {name: EMPTY, value: ""}',
    ),
  ),
  running(
    'a variable over one of the parent',
    '  env: [{name: FROM_PARENT, value: from the stanza}]',
  ),
  running('a variable twice', '  env: [{name: A, value: "1"}, {name: A, value: "2"}]'),
  running('a variable without a value', '  env: [{name: A}]'),
  running('a variable without a name', '  env: [{value: x}]'),
  running('variables as an object', '  env: {A: x}'),
  running('a number as a variable', '  env: [{name: A, value: 1}]'),
  running('variables in other signs', '  env: [{name: A.B-C, value: x}]'),
  running('a PATH of its own', '  env: [{name: PATH, value: /usr/bin:/bin}]'),
  running('an exec info of its own', '  env: [{name: KUBERNETES_EXEC_INFO, value: mine}]'),
  running('a line break in a variable', '  env: [{name: A, value: "x\\ny=z"}]'),
  called('in a folder', 'bin/plugin', { plugin: 'bin/plugin' }),
  called('by its whole path', 'FOLDER/plugin'),
  called('by ..', 'bin/../plugin', { plugin: 'plugin', output: answer({ token: 'x' }) }),
  called('looked up', 'on-path-whole'),
  called('looked up, not found', 'no-such-plugin-anywhere'),
  called('not there', './not-there'),
  called('with blanks in its name', 'my plugin/run it', { plugin: 'my plugin/run it' }),
  called('with blanks in its path', './my plugin/run it', { plugin: 'my plugin/run it' }),
  called('in a home that nobody expands', '~/plugin'),
  called('behind a variable', '$FOLDER_OF/plugin'),
  called('nothing', '""'),
  running('an install hint', '  installHint: |\n    Install it.\n    Twice.'),
  running('fields that nobody knows', '  colour: red\n  timeout: 3s'),
  running('a token beside it', 'token: mine'),
  running('a token in a file beside it', 'tokenFile: token'),
  running(
    'a certificate beside it',
    'client-certificate-data: CERT_DATA\nclient-key-data: KEY_DATA',
  ),
  running('a name and a password beside it', 'username: me\npassword: secret'),
  running('a login of gcp beside it', 'auth-provider: {name: gcp}'),
  running('another to act as', 'as: someone\nas-user-extra: {reason: [audit]}'),
  running('no cluster info', '  provideClusterInfo: false'),
  running('cluster info in a text', '  provideClusterInfo: "true"'),
  core(
    told(
      'a path',
      `server: https://localhost:PORT/k8s/clusters/c-1\ncertificate-authority-data: CA_DATA`,
    ),
  ),
  told('a slash', `server: https://localhost:PORT/\ncertificate-authority-data: CA_DATA`),
  told('a file of the authority', `${server}\ncertificate-authority: ca.pem`, {
    'ca.pem': 'CA_PEM',
  }),
  told(
    'a name for TLS',
    `server: https://127.0.0.1:PORT\ncertificate-authority-data: CA_DATA\ntls-server-name: localhost`,
  ),
  told('insecurity', `${server}\ninsecure-skip-tls-verify: true`),
  told(
    'an extension',
    `${safe}\nextensions:\n- name: client.authentication.k8s.io/exec\n  extension: {audience: x, list: [1, 2.5, yes, null]}`,
  ),
  told('another extension', `${safe}\nextensions:\n- name: other\n  extension: {audience: x}`),
];
