import { existsSync } from 'node:fs';
import type { ExecConfig } from '@keyturn/core/exec';

const apiVersion = 'client.authentication.k8s.io/v1';

const answer = JSON.stringify({
  kind: 'ExecCredential',
  apiVersion,
  status: { token: 'bench' },
});

/** How long the slower plugin thinks. */
export const slowMs = 50;

/** A plugin that prints a token at once, by the shortest way this machine has. */
export function quickPlugin(): ExecConfig {
  return existsSync('/bin/echo')
    ? plugin('/bin/echo', [answer])
    : plugin(process.execPath, ['-e', `console.log(${JSON.stringify(answer)})`]);
}

/** A plugin that prints a token after a while, as one does that asks a server. */
export function slowPlugin(): ExecConfig {
  const print = `console.log(${JSON.stringify(answer)})`;
  return existsSync('/bin/sh')
    ? plugin('/bin/sh', ['-c', `sleep ${slowMs / 1_000}; echo '${answer}'`])
    : plugin(process.execPath, ['-e', `setTimeout(() => ${print}, ${slowMs})`]);
}

function plugin(command: string, args: readonly string[]): ExecConfig {
  return { command, args, apiVersion, interactiveMode: 'Never' };
}
