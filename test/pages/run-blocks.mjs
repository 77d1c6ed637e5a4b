// node --import world.mjs run-blocks.mjs FILE…: runs blocks of pages one after the other. Ends by itself, with code 0, when
// all of them have.
import { existsSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { uses } from './uses.mjs';

const { KUBECONFIG, PAGES_KUBECONFIGS } = process.env;

/** That of the page, where it shows one. */
function kubeconfigFor(file) {
  const own = join(PAGES_KUBECONFIGS, basename(file).replace(/-line-\d+\.js$/, ''));
  return existsSync(`${own}.yaml`) ? [`${own}.yaml`, `${own}.json`].join(delimiter) : KUBECONFIG;
}

for (const file of process.argv.slice(2)) {
  process.stderr.write(`block ${file}\n`);
  process.env.KUBECONFIG = kubeconfigFor(file);
  const exported = await import(pathToFileURL(file));
  for (const [name, value] of Object.entries(exported)) {
    // A later block of the page may declare what an earlier one defines.
    globalThis[name] ??= value;
    if (uses[name] === undefined) throw new Error(`No use of "${name}" in test/pages/uses.mjs.`);
    await uses[name](value);
  }
}
process.stderr.write('blocks done\n');
