import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { installApart } from '../install-apart.js';

const plots = new URL('../../plots/', import.meta.url);
const images = fileURLToPath(new URL('../../../docs/reference/performance/', import.meta.url));

/**
 * Draws docs/reference/performance/*.svg from a results file, with a drawing library that is installed the first time.
 * @throws {Error} when that cannot be installed, or does not draw; why is on stderr
 */
export async function drawPlots(
  resultsFile: string,
  say: (progress: string) => void,
): Promise<void> {
  await installApart(plots, () => say('plots: installing what draws them (bench/plots, once)'));
  say('plots: drawing');
  const program = fileURLToPath(new URL('write-plots.mjs', plots));
  const drawing = spawn(process.execPath, [program, resultsFile, images], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code, signal] = await once(drawing, 'exit');
  if (code !== 0) throw new Error(`"${program}" ended with ${signal ?? `code ${code}`}.`);
}
