import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const plots = fileURLToPath(new URL('../../plots/', import.meta.url));
const images = fileURLToPath(new URL('../../../docs/reference/performance/', import.meta.url));

/**
 * Draws docs/reference/performance/*.svg from a results file. Installs the drawing library the first time: a clone is to stay
 * light for those who draw nothing.
 */
export function drawPlots(resultsFile: string): void {
  if (!existsSync(`${plots}node_modules/vega`)) {
    run('npm', ['ci', '--prefix', plots, '--ignore-scripts', '--loglevel=error']);
  }
  run(process.execPath, [`${plots}write-plots.mjs`, resultsFile, images]);
}

function run(command: string, args: readonly string[]): void {
  // npm is a script on Windows, which only a shell can start.
  const shell = process.platform === 'win32' && command === 'npm';
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], shell });
  if (status !== 0) throw new Error(`"${command} ${args[0]}" failed (code ${status}).`);
}
