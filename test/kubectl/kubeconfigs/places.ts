import type { Trial } from '../trial.js';
import type { WholeKubeconfig } from '../whole-kubeconfig.js';
import { core, kubeconfig, written } from './written.js';

const header = 'apiVersion: v1\nkind: Config\n';
const safeCluster = '{server: "https://localhost:PORT", certificate-authority-data: CA_DATA}';

const current = (name: string): string => `current-context: ${name}\n`;
const clusters = (name: string, fields: string = safeCluster): string =>
  `clusters: [{name: ${name}, cluster: ${fields}}]\n`;
const contexts = (name: string, fields: string): string =>
  `contexts: [{name: ${name}, context: ${fields}}]\n`;
const users = (name: string, fields: string): string =>
  `users: [{name: ${name}, user: ${fields}}]\n`;

/** Several files, as KUBECONFIG lists them. */
function listed(name: string, list: string, files: Readonly<Record<string, string>>): Trial {
  return { name: `files: ${name}`, whole: { files, environment: { KUBECONFIG: list } } };
}

const ab = 'FOLDER/a:FOLDER/b';
const work = contexts('work', '{cluster: prod, user: me}');
const plugin = (command: string): string =>
  `{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ${command}}}`;

const severalFiles: readonly Trial[] = [
  core(
    listed('each with a part', 'FOLDER/a:FOLDER/b:FOLDER/c', {
      a: header + current('work') + work,
      b: header + clusters('prod'),
      c: header + users('me', '{token: a-token}'),
    }),
  ),
  listed('the first that names a user wins, whole', ab, {
    a: header + current('work') + work + clusters('prod') + users('me', '{token: first}'),
    b: header + users('me', '{token: second, as: someone}'),
  }),
  listed('the first wins though it says nothing', ab, {
    a: header + current('work') + work + clusters('prod') + users('me', '{}'),
    b: header + users('me', '{token: second}'),
  }),
  listed('the first wins though it says null', ab, {
    a: `${header}${current('work')}${work}${clusters('prod')}users: [{name: me}]\n`,
    b: header + users('me', '{token: second}'),
  }),
  listed('the first that names a cluster wins, whole', ab, {
    a: header + clusters('prod', '{server: "https://localhost:PORT/first"}'),
    b:
      header +
      current('work') +
      work +
      clusters(
        'prod',
        '{server: "https://localhost:PORT/second", insecure-skip-tls-verify: true}',
      ) +
      users('me', '{token: a-token}'),
  }),
  listed('the current context of the second', ab, {
    a: header + work + clusters('prod') + users('me', '{token: a-token}'),
    b: header + current('work'),
  }),
  listed('the current context of both', ab, {
    a: header + current('work') + work,
    b: header + current('home') + clusters('prod') + users('me', '{token: a-token}'),
  }),
  listed('an empty current context first', ab, {
    a: `${header}current-context: ""\n`,
    b: header + current('work') + work + clusters('prod') + users('me', '{token: a-token}'),
  }),
  core(
    listed('relative paths begin at their own', 'FOLDER/a/config:FOLDER/b/config', {
      'a/config':
        header +
        current('work') +
        work +
        clusters('prod', '{server: "https://localhost:PORT", certificate-authority: ca.pem}'),
      'a/ca.pem': 'CA_PEM',
      'b/config': header + users('me', '{client-certificate: pki/me.crt, client-key: ../me.key}'),
      'b/pki/me.crt': 'CERT_PEM',
      'me.key': 'KEY_PEM',
    }),
  ),
  listed('a plugin beside its own', 'FOLDER/a/config:FOLDER/config', {
    'a/config': header + current('work') + work + clusters('prod'),
    config: header + users('me', plugin('./plugin')),
  }),
  listed('a plugin that is beside another', 'FOLDER/a/config:FOLDER/config', {
    'a/config': header + users('me', plugin('./plugin')),
    config: header + current('work') + work + clusters('prod'),
  }),
  listed('a token beside its own', 'FOLDER/a/config:FOLDER/b/config', {
    'a/config': header + current('work') + work + clusters('prod'),
    'b/config': header + users('me', '{tokenFile: token}'),
    'b/token': 'from-a-file\n',
  }),
  listed('the first is not there', 'FOLDER/not-there:FOLDER/a', { a: kubeconfig() }),
  listed('none is there', 'FOLDER/not-there:FOLDER/neither', {}),
  listed('nothing between colons', '::FOLDER/a:', { a: kubeconfig() }),
  listed('nothing but colons', '::', {}),
  listed('the same twice', 'FOLDER/a:FOLDER/a', { a: kubeconfig() }),
  listed('the same by two paths', 'FOLDER/a:FOLDER/./a', { a: kubeconfig() }),
  listed('an empty one before', ab, { a: '', b: kubeconfig() }),
  listed('an empty one alone', 'FOLDER/a', { a: '' }),
  listed('a folder before', 'FOLDER:FOLDER/a', { a: kubeconfig() }),
  listed('a broken one behind', ab, { a: kubeconfig(), b: 'users: {\n' }),
  listed('something else behind', ab, { a: kubeconfig(), b: 'apiVersion: v1\nkind: Secret\n' }),
  listed('a broken user behind that nobody uses', ab, {
    a: kubeconfig(),
    b: header + users('you', '{token: 5}'),
  }),
  listed('relative to where both run', 'RELATIVE/a:RELATIVE/b', {
    a:
      header +
      current('work') +
      work +
      clusters('prod', '{server: "https://localhost:PORT", certificate-authority: ca.pem}'),
    b: header + users('me', '{token: a-token}'),
    'ca.pem': 'CA_PEM',
  }),
  listed('a home that nobody expands', '~/a:FOLDER/a', { a: kubeconfig() }),
  listed('blanks around a path', ' FOLDER/a ', { a: kubeconfig() }),
  core({
    name: 'files: the one at home',
    whole: {
      files: { '.kube/config': kubeconfig({ user: 'tokenFile: token' }), '.kube/token': 'at-home' },
      environment: { HOME: 'FOLDER', KUBECONFIG: '' },
    },
  }),
  {
    name: 'files: none at home',
    whole: { files: {}, environment: { HOME: 'FOLDER', KUBECONFIG: '' } },
  },
];

const two = `${header}current-context: work
clusters:
- {name: prod, cluster: ${safeCluster}}
- {name: test, cluster: {server: "https://localhost:PORT/test", certificate-authority-data: CA_DATA}}
contexts:
- {name: work, context: {cluster: prod, user: me, namespace: mine}}
- {name: play, context: {cluster: test, user: you}}
- {name: lost, context: {cluster: gone, user: gone}}
users:
- {name: me, user: {token: token-of-me}}
- {name: you, user: {token: token-of-you}}
`;

function instead(name: string, options: WholeKubeconfig['instead']): Trial {
  return written(`choice: ${name}`, two, { instead: options ?? {} });
}

const choices: readonly Trial[] = [
  instead('none', {}),
  core(instead('a context', { context: 'play' })),
  instead('a context that is not there', { context: 'home' }),
  instead('a context of nothing', { context: 'lost' }),
  instead('a context in other letters', { context: 'Play' }),
  instead('a cluster', { cluster: 'test' }),
  instead('a user', { user: 'you' }),
  instead('a cluster that is not there', { cluster: 'moon' }),
  instead('a user that is not there', { user: 'moon' }),
  instead('a namespace', { namespace: 'yours' }),
  instead('everything', { context: 'play', cluster: 'prod', user: 'me', namespace: 'yours' }),
  instead('a context of nothing, and all that it lacks', {
    context: 'lost',
    cluster: 'test',
    user: 'me',
  }),
  written(
    'choice: cluster and user without a context',
    two.replace('current-context: work\n', ''),
    {
      instead: { cluster: 'test', user: 'you' },
    },
  ),
  written('choice: a cluster without a context', two.replace('current-context: work\n', ''), {
    instead: { cluster: 'test' },
  }),
  written('context: none is current', two.replace('current-context: work\n', '')),
  written(
    'context: the current is empty',
    two.replace('current-context: work', 'current-context: ""'),
  ),
  written(
    'context: the current is not there',
    two.replace('current-context: work', 'current-context: moon'),
  ),
  written(
    'context: the current is a number',
    two.replace('current-context: work', 'current-context: 5'),
  ),
  written('context: no cluster', kubeconfig().replace('    cluster: prod\n', '')),
  written(
    'context: a cluster that is not there',
    kubeconfig().replace('cluster: prod', 'cluster: moon'),
  ),
  written('context: null', kubeconfig().replace(/ {2}context:\n.*\n.*/, '  context: null')),
  written('context: a word', kubeconfig().replace(/ {2}context:\n.*\n.*/, '  context: prod')),
  written('cluster: null', kubeconfig().replace(/ {2}cluster:\n.*\n.*/, '  cluster: null')),
  written(
    'entries: a broken one that nobody uses',
    two.replace('{token: token-of-you}', '{token: 5}'),
  ),
  written(
    'entries: a broken plugin that nobody uses',
    two.replace('{token: token-of-you}', '{exec: {}}'),
  ),
  written('entries: users of one name', `${two}- {name: me, user: {token: another}}\n`),
  written('entries: a user without a name', `${two}- {user: {token: another}}\n`),
  written('entries: a user with an empty name', `${two}- {name: "", user: {token: another}}\n`),
  written('entries: a user of a number', `${two}- {name: 5, user: {token: another}}\n`),
  written('entries: null among users', `${two}- null\n`),
  written('entries: a word among users', `${two}- me\n`),
  written(
    'entries: users that are an object',
    kubeconfig().replace('- name: me\n  user:', '  me:'),
  ),
  written(
    'entries: clusters of null',
    kubeconfig().replace(/clusters:\n(?:[- ].*\n)*/, 'clusters: null\n'),
  ),
  written(
    'entries: names with odd signs',
    two.replaceAll('work', '"arn:aws:eks:eu-1:5:cluster/a b \u00e9"'),
  ),
];

function within(name: string, namespace: string): Trial {
  return written(
    `namespace: ${name}`,
    kubeconfig({ context: `user: me\nnamespace: ${namespace}` }),
  );
}

const namespaces: readonly Trial[] = [
  core(within('one', 'team-a')),
  within('null', 'null'),
  within('an empty text', '""'),
  within('a number in quotes', '"5"'),
  within('a number', '5'),
  within('in upper case', 'Team'),
  within('a path', '../kube-system'),
  within('a blank', '"a b"'),
  within('too long', 'x'.repeat(64)),
  within('an underscore', 'a_b'),
];

/** Where kubeconfigs lie, and what is chosen of them. */
export const placeKubeconfigs: readonly Trial[] = [...severalFiles, ...choices, ...namespaces];
