import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const modules = resolve(import.meta.dirname, '../../tools/runtimes/node_modules');
const suffix = process.platform === 'win32' ? '.exe' : '';
const [os, cpu] = [process.platform === 'win32' ? 'windows' : process.platform, process.arch];
// The names that the packages of the two give to a processor and to a C library.
const places = {
  bun: [`@oven/bun-${os}-${cpu === 'arm64' ? 'aarch64' : cpu}/bin/bun`],
  deno: [
    os === 'linux' ? `@deno/linux-${cpu}-glibc/deno` : `@deno/${process.platform}-${cpu}/deno`,
  ],
};

/** How to start a program on a runtime, from the package of its platform: those of `bun` and `deno` have install scripts, which npm 12 does not run. */
export function findRuntime(name) {
  if (name === 'node') return [process.execPath];
  const binary = places[name].map((place) => join(modules, place) + suffix).find(existsSync);
  if (binary === undefined) throw new Error(`No ${name} for this machine in tools/runtimes.`);
  // The adapters of the suites are TypeScript whose imports name the built files, as ours do everywhere.
  const flags = ['--allow-all', '--no-lock', '--no-check', '--unstable-sloppy-imports'];
  return name === 'deno' ? [binary, 'run', ...flags] : [binary];
}
