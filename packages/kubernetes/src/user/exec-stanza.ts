import { nearest, quoted } from '@keyturn/core/binding';
import type { ExecApiVersion, ExecConfig, InteractiveMode } from '@keyturn/core/exec';
import type { Fields } from '../document/fields.js';
import { pathFrom } from '../document/relative-path.js';

const apiVersions: readonly ExecApiVersion[] = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
  'client.authentication.k8s.io/v1alpha1',
];
const interactiveModes: readonly InteractiveMode[] = ['Never', 'IfAvailable', 'Always'];

/**
 * Reads the `exec` part of a user. Fields that nobody knows are ignored, as kubectl ignores them.
 * @throws {CredentialError} ERR_KUBECONFIG_FIELD.
 */
export function readExecStanza(exec: Fields): ExecConfig {
  const command = exec.text('command');
  if (command === undefined) {
    throw exec.problem('command', 'is missing. Name the program that prints the credential there');
  }
  const apiVersion = readApiVersion(exec);
  const installHint = exec.text('installHint');
  return {
    command: resolveCommand(command, exec.place.directory),
    args: exec.texts('args'),
    env: exec.list('env').map(readVariable),
    apiVersion,
    interactiveMode: readInteractiveMode(exec, apiVersion),
    ...(installHint !== undefined && { installHint }),
    provideClusterInfo: exec.flag('provideClusterInfo'),
  };
}

function readApiVersion(exec: Fields): ExecApiVersion {
  const text = exec.text('apiVersion');
  const apiVersion = apiVersions.find((known) => known === text);
  if (apiVersion === undefined) {
    const state = text === undefined ? 'is missing;' : `is ${quoted(text)} and`;
    throw exec.problem('apiVersion', `${state} must be one of ${choice(apiVersions)}`);
  }
  return apiVersion;
}

// v1 has no default on purpose: who writes the stanza has to know whether the plugin talks to a person.
function readInteractiveMode(exec: Fields, apiVersion: ExecApiVersion): InteractiveMode {
  const isDefaulted = apiVersion !== 'client.authentication.k8s.io/v1';
  const text = exec.text('interactiveMode') ?? (isDefaulted ? 'IfAvailable' : undefined);
  const mode = interactiveModes.find((known) => known === text);
  if (mode === undefined) {
    const state =
      text === undefined ? 'is missing, and v1 has no default;' : `is ${quoted(text)} and`;
    const meant = nearest(text ?? '', interactiveModes);
    const question = meant === undefined ? '' : `. It means ${quoted(meant)}, perhaps: write it so`;
    throw exec.problem(
      'interactiveMode',
      `${state} must be one of ${choice(interactiveModes)}${question}`,
    );
  }
  return mode;
}

function readVariable(variable: Fields): { name: string; value: string } {
  const name = variable.text('name');
  if (name === undefined) {
    throw variable.problem('name', 'is missing. Give the variable a name, or remove it');
  }
  if (name.includes('=')) {
    throw variable.problem('name', 'holds an equals sign. Write what follows it as "value"');
  }
  return { name, value: variable.text('value') ?? '' };
}

/**
 * Resolves a command that is a path, as every path of a kubeconfig. A bare name is left for PATH.
 *
 * On Windows both separators make a path. (client-go knows only the backslash there, so `./bin/x` is not found.)
 * The result is absolute, so nothing later can take `./x` for the bare name `x` (W14).
 */
export function resolveCommand(
  command: string,
  directory: string,
  platform: NodeJS.Platform = process.platform,
): string {
  const separator = platform === 'win32' ? /[\\/]/ : /\//;
  return separator.test(command) ? pathFrom(directory, command, platform) : command;
}

function choice(words: readonly string[]): string {
  return words.map(quoted).join(', ');
}
