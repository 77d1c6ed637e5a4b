import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PluginRunNote } from './observation.js';
import { programVariable, type Trial } from './trial.js';

/** Writes the plugin of `trial`, a shell script that notes its run and then does what the trial says. */
export async function writePlugin(trial: Trial, folder: string, file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const lines = [
    '#!/bin/sh',
    `folder='${folder}'`,
    `printf '%s\\0' "$KUBERNETES_EXEC_INFO" "$#:$*" "$(export -p)" "$PWD" >>"$folder/runs-$${programVariable}"`,
    ...(trial.stderr === undefined ? [] : [`printf '%s\\n' '${trial.stderr}' >&2`]),
    trial.script ?? 'exec cat "$folder/output"',
  ];
  await writeFile(file, `${lines.join('\n')}\n`, { mode: trial.mode ?? 0o755 });
}

/** Reads what the plugin noted for `program`, once for each run. */
export async function readRuns(folder: string, program: string): Promise<readonly PluginRunNote[]> {
  const text = await readFile(join(folder, `runs-${program}`), 'utf8').catch(() => '');
  const parts = text.split('\0').slice(0, -1);
  const runs: PluginRunNote[] = [];
  for (let start = 0; start < parts.length; start += 4) {
    const [execInfo = '', args = '', exported = '', directory = ''] = parts.slice(start, start + 4);
    runs.push({ execInfo, args, environment: withoutOwn(exported), directory });
  }
  return runs;
}

// What only one of the two programs is started with, what a shell sets by itself, and what is compared by itself.
// Where it is our own process that loads, KUBECONFIG and HOME are set for the moment of loading.
const own = [
  'GOGC',
  'GOMAXPROCS',
  'KUBECONFIG',
  'HOME',
  'KUBERNETES_EXEC_INFO',
  programVariable,
  'PWD',
  'OLDPWD',
  'SHLVL',
  '_',
];

function withoutOwn(exported: string): string {
  return exported
    .split(/\n(?=export )/)
    .filter((line) => !own.includes(/^export (\w+)/.exec(line)?.[1] ?? ''))
    .join('\n');
}
