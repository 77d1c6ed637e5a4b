import { answer, programVariable, type Trial, v1, v1alpha1, v1beta1 } from './trial.js';

const betaOutput = answer({ token: 'a-token' }, { apiVersion: v1beta1 });
const alphaOutput = answer({ token: 'a-token' }, { apiVersion: v1alpha1 });

function env(name: string, variables: unknown): Trial {
  return { name: `env: ${name}`, exec: { env: variables } };
}

function args(name: string, list: unknown): Trial {
  return { name: `args: ${name}`, exec: { args: list } };
}

const versions: readonly Trial[] = [
  { name: 'v1, Never' },
  { name: 'v1, IfAvailable', exec: { interactiveMode: 'IfAvailable' } },
  { name: 'v1, Always', exec: { interactiveMode: 'Always' }, core: true },
  { name: 'v1, no interactiveMode', exec: { interactiveMode: undefined }, core: true },
  { name: 'v1, interactiveMode null', exec: { interactiveMode: null } },
  { name: 'v1, interactiveMode in lower case', exec: { interactiveMode: 'never' } },
  { name: 'v1, another interactiveMode', exec: { interactiveMode: 'Sometimes' } },
  { name: 'v1beta1', exec: { apiVersion: v1beta1 }, output: betaOutput, core: true },
  {
    name: 'v1beta1, no interactiveMode',
    exec: { apiVersion: v1beta1, interactiveMode: undefined },
    output: betaOutput,
    core: true,
  },
  { name: 'v1beta1 answered in v1', exec: { apiVersion: v1beta1 } },
  { name: 'v1alpha1', exec: { apiVersion: v1alpha1 }, output: alphaOutput, core: true },
  { name: 'v2', exec: { apiVersion: 'client.authentication.k8s.io/v2' } },
  { name: 'no apiVersion', exec: { apiVersion: undefined } },
  { name: 'unknown fields', exec: { colour: 'red', timeout: 3 } },
  { name: 'a field in another letter case', exec: { Command: './other', ARGS: ['x'] } },
  { name: 'an install hint', exec: { installHint: 'Install it.' } },
];

const argsAndEnv: readonly Trial[] = [
  { ...args('several', ['one', 'two words', '', '$HOME', '*', '-n']), core: true },
  args('null', null),
  args('a number', [1]),
  args('a string', 'one'),
  args('null inside', [null]),
  args('letters beyond ASCII', ['caf\u00e9 \ud83d\udd11']),
  args('a NUL', ['a\0b']),
  args('too large for the system', ['x'.repeat(140_000)]),
  env('one', [{ name: 'NOTE', value: 'set' }]),
  env('the same name twice', [
    { name: 'NOTE', value: 'a' },
    { name: 'NOTE', value: 'b' },
  ]),
  env('null', null),
  env('no value', [{ name: 'NOTE' }]),
  env('a value of null', [{ name: 'NOTE', value: null }]),
  env('a number', [{ name: 'NOTE', value: 1 }]),
  env('an empty name', [{ name: '', value: 'x' }]),
  env('an equals sign in a name', [{ name: 'NOTE=a', value: 'x' }]),
  env('an equals sign in a value', [{ name: 'NOTE', value: 'a=b' }]),
  env('a line break', [{ name: 'NOTE', value: 'a\nb' }]),
  env('a NUL', [{ name: 'NOTE', value: 'a\0b' }]),
  env('an object', { NOTE: 'x' }),
  env('too large for the system', [{ name: 'NOTE', value: 'x'.repeat(140_000) }]),
  { ...env('KUBERNETES_EXEC_INFO', [{ name: 'KUBERNETES_EXEC_INFO', value: 'mine' }]), core: true },
  { ...env('that of the parent', []), script: printToken('$FROM_PARENT') },
  {
    ...env('over that of the parent', [{ name: 'FROM_PARENT', value: 'from-the-stanza' }]),
    script: printToken('$FROM_PARENT'),
  },
  env('a PATH where nothing is', [{ name: 'PATH', value: '/nowhere:/bin:/usr/bin' }]),
];

const commands: readonly Trial[] = [
  { name: 'command: missing', exec: { command: undefined } },
  { name: 'command: empty', exec: { command: '' } },
  { name: 'command: a number', exec: { command: 1 } },
  { name: 'command: on PATH', exec: { command: 'on-path-1' }, plugin: null },
  {
    name: 'command: on PATH, with a PATH of its own',
    exec: { command: 'on-path-2', env: [{ name: 'PATH', value: '/bin:/usr/bin' }] },
    plugin: null,
  },
  { name: 'command: beside the kubeconfig, as a bare name', exec: { command: 'plugin' } },
  { name: 'command: below', exec: { command: 'a/b/plugin' }, plugin: 'a/b/plugin' },
  { name: 'command: above', exec: { command: 'a/../plugin' } },
  { name: 'command: with doubled slashes', exec: { command: './/plugin' } },
  { name: 'command: with a space', exec: { command: './my plugin' }, plugin: 'my plugin' },
  { name: 'command: with an argument', exec: { command: './plugin one' } },
  { name: 'command: in a home', exec: { command: '~/plugin' } },
  { name: 'command: in a variable', exec: { command: '$FROM_PARENT' } },
  { name: 'command: not there', exec: { command: './nothing' }, core: true },
  { name: 'command: not there, absolute', exec: { command: '/nowhere/nothing' } },
  { name: 'command: not on PATH', exec: { command: 'no-such-plugin-of-ours' }, core: true },
  { name: 'command: not executable', mode: 0o644 },
  {
    name: 'command: a directory',
    exec: { command: './folder' },
    files: () => ({ 'folder/x': '' }),
  },
  { name: 'command: in a file', exec: { command: './output/plugin' } },
  { name: 'command: a slash at the end', exec: { command: './plugin/' } },
  { name: 'command: a dot', exec: { command: '.' } },
  { name: 'command: a dot and a slash', exec: { command: './' } },
  { name: 'command: a NUL', exec: { command: './plugin\0' } },
];

const behaviours: readonly Trial[] = [
  { name: 'exits with 1', script: 'cat "$folder/output"; exit 1', core: true },
  { name: 'exits with 127', script: 'exit 127' },
  { name: 'exits with 255', script: 'exit 255' },
  { name: 'ends itself with SIGKILL', script: 'cat "$folder/output"; kill -9 $$' },
  { name: 'ends itself with SIGTERM', script: 'kill $$' },
  { name: 'writes to stderr', stderr: 'a word of advice' },
  { name: 'writes to stderr and exits with 2', stderr: 'a word of warning', script: 'exit 2' },
  { name: 'reads standard input', script: 'cat; cat "$folder/output"' },
  { name: 'closes its output', script: 'exec >&-; exit 0' },
  {
    name: 'has an interpreter that is not there',
    script: '',
    files: () => ({ plugin: '#!/nowhere\n' }),
    plugin: null,
  },
  { name: 'is no program', files: () => ({ plugin: 'a word\n' }), plugin: null },
  {
    name: 'leaves a process behind that holds its output',
    script: 'sleep 0.6 & cat "$folder/output"',
  },
  {
    name: 'leaves the printing to a process that outlives it',
    script: '(sleep 0.4; cat "$folder/output") &',
  },
  { name: 'prints 3 MiB of spaces first', script: 'printf "%3145728s" " "; cat "$folder/output"' },
  { name: 'prints 700 KiB of spaces first', script: 'printf "%716800s" " "; cat "$folder/output"' },
  { name: 'is refused by the server', refused: true },
  {
    name: 'is refused, and has a new token',
    refused: true,
    script: `token=second; mkdir "$folder/once-$${programVariable}" 2>/dev/null && token=first\n${printToken('$token')}`,
    core: true,
  },
];

/** What the `exec` part of a user can say, and what a plugin can do besides printing. */
export const stanzaTrials: readonly Trial[] = [
  ...versions,
  ...argsAndEnv,
  ...commands,
  ...behaviours,
];

function printToken(text: string): string {
  return `printf '{"apiVersion":"${v1}","status":{"token":"%s"}}' "${text}"`;
}
