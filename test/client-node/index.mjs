// node test/client-node/index.mjs: binds the KubeConfig of each version of @kubernetes/client-node that this Node can run, each in a
// process of its own. Prints a line for each promise; 1 when one of them does not hold.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const beside = (name) => join(import.meta.dirname, name);

// Version 2 goes through an undici that wants Node 22.19.
const isModern = Number(process.versions.node.split('.')[0]) >= 24;
const versions = [
  { name: 'version 1.4', folder: 'client-node-1', options: [] },
  ...(isModern
    ? [
        { name: 'version 2.0, with undici 7', folder: 'client-node-2', options: [] },
        {
          name: 'version 2.0, with undici 8',
          folder: 'client-node-2',
          options: ['--import', beside('with-undici-8.mjs')],
        },
      ]
    : []),
];
const runs = versions.flatMap(({ name, folder, options }) =>
  ['play.mjs', 'run-page.mjs'].map((program) => ({
    name,
    args: [...options, beside(program), folder],
  })),
);

let promises = 0;
let failed = 0;
for (const { name, args } of runs) {
  console.log(`== @kubernetes/client-node ${name}, Node ${process.version}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 180_000,
  });
  process.stdout.write(stdout);
  const [, played = 0] = /^played (\d+)$/m.exec(stdout) ?? [];
  const broken = stdout.match(/^FAILS/gm)?.length ?? 0;
  if (status !== 0) process.stdout.write(stderr);
  promises += Number(played);
  failed += status !== 0 && broken === 0 ? 1 : broken;
}
console.log(`Node ${process.version}: ${promises} promises, ${failed} failed`);
process.exit(failed === 0 && promises > 0 ? 0 : 1);
