// `prepack` of every package: its tarball carries the one LICENSE of the repository.
import { copyFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

copyFileSync(resolve(import.meta.dirname, '../LICENSE'), join(process.cwd(), 'LICENSE'));
