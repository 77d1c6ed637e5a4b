// `tsc -b --clean` leaves the outputs of sources that were deleted since; this leaves nothing.
import { readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const gone = ['.build', 'coverage', join('bench', 'dist')];
for (const group of ['packages', 'examples']) {
  for (const name of readdirSync(join(root, group))) gone.push(join(group, name, 'dist'));
}
for (const path of gone) rmSync(join(root, path), { recursive: true, force: true });
