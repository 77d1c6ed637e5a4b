// node test/client-node/run-page.mjs PACKAGE: runs the blocks of docs/how-to/use-kubernetes-client-node.md with that version of
// @kubernetes/client-node, against a server that wants a token of the plugin. Prints a line for each; 1 when one of them fails.
import { equal, ok } from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTestAuthority } from '@keyturn/testkit';
import { startApiServer } from './api-server.mjs';

const root = resolve(import.meta.dirname, '../..');
const page = 'docs/how-to/use-kubernetes-client-node.md';
const version = process.argv[2];
const build = join(root, '.build', version);

/** What is done with what a block exports. */
const uses = {
  async watchPods(watchPods, world) {
    const seen = [];
    const over = new AbortController();
    const ended = watchPods(
      (type, { metadata }) => seen.push(`${type} ${metadata.name}`),
      over.signal,
    );
    for (const number of [1, 2]) {
      await until(() => world.watches.size === 1);
      const metadata = { name: `pod-${number}`, resourceVersion: `${number}` };
      const [watch] = world.watches;
      watch.end(`${JSON.stringify({ type: 'ADDED', object: { metadata } })}\n`);
      world.newest += 1;
      await until(() => seen.length === number && world.watches.size === 0);
    }
    await until(() => world.watches.size === 1);
    ok(world.seen.at(-1).url.includes('resourceVersion=2'));
    over.abort();
    await ended;
    equal(seen.join(), 'ADDED pod-1,ADDED pod-2');
  },
};

async function until(holds) {
  for (let looks = 0; !holds(); looks += 1) {
    if (looks > 1_000) throw new Error('It never came to that.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function writeKubeconfig({ url, plugin }, ca) {
  const file = join(build, 'config');
  const contexts = ['one', 'two'].map((name) => ({ name, context: { cluster: 'c', user: 'u' } }));
  const data = Buffer.from(ca).toString('base64');
  const cluster = { server: url, 'certificate-authority-data': data };
  const kubeconfig = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'one', contexts },
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { exec: plugin.config } }],
  };
  writeFileSync(file, JSON.stringify(kubeconfig));
  process.env.KUBECONFIG = file;
}

rmSync(build, { recursive: true, force: true });
mkdirSync(join(build, 'node_modules/@kubernetes'), { recursive: true });
symlinkSync(
  join(import.meta.dirname, 'node_modules', version),
  join(build, 'node_modules/@kubernetes/client-node'),
  'junction',
);
const authority = await createTestAuthority();
const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)];
for (const [index, [, code]] of blocks.entries()) {
  const world = await startApiServer(authority);
  writeKubeconfig(world, authority.certificate);
  const file = join(build, `block-${index + 1}.mjs`);
  writeFileSync(file, code);
  const exported = await import(pathToFileURL(file));
  for (const [name, value] of Object.entries(exported)) await uses[name](value, world);
  ok(world.seen.length > 0 && world.seen.at(-1).isIn);
  equal(world.plugin.runs(), world.newest);
  await world.close();
  console.log(`ok     block ${index + 1} of ${page}`);
}
console.log(`played ${blocks.length}`);
process.exit(blocks.length > 0 ? 0 : 1);
