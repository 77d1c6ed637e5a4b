// Plays the conformance suites of bindings and sources on the runtime that runs this, with a server of that runtime. Prints one JSON
// object for each scene. node test/runtimes/index.mjs starts it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { commandSource, execSource } from '@keyturn/core/exec';
import { bindHttps } from '@keyturn/https';
import { testBinding, testSource } from '@keyturn/testkit';
import { knownDifferences } from './known-differences.mjs';

// Of the sources, for the built packages have no tests: both runtimes read TypeScript.
const adapterOf = (name) =>
  import(new URL(`../../packages/${name}/test/adapter.ts`, import.meta.url));
const [{ axiosAdapter }, { gotAdapter }] = await Promise.all(['axios', 'got'].map(adapterOf));

// To print everything that hangs on an answer takes some seconds.
const limitMs = 20_000;
const hangingMs = 3_000;
const secret = 'planted-7f3a9c-Zq81Lm';
const scenes = [];
const test = (name, play) => scenes.push({ name, play });

testBinding({
  test,
  limitMs,
  name: 'https',
  bind: (manager, { url: _, maxSockets, ...options }) =>
    bindHttps(manager, { ...options, agent: { maxSockets } }),
  send: async (client, { url, body, ...options }) => {
    const data = body?.kind === 'json' ? JSON.stringify(body.value) : body?.value;
    const response = await client.request(url, { ...options, body: data });
    return { status: response.statusCode ?? 0, body: await text(response), answer: response };
  },
});
testBinding({ test, limitMs, ...axiosAdapter });
testBinding({ test, limitMs, ...gotAdapter });

/** A source that runs a script of the shell, which prints `good`. */
function sourceOf(name, make, good) {
  testSource({
    test,
    limitMs,
    name,
    make: () => {
      const folder = mkdtempSync(join(tmpdir(), 'keyturn-runtime-'));
      const file = join(folder, 'answer');
      const answer = (script) => writeFileSync(file, script);
      const mend = () => answer(`cat <<'END'\n${good}\nEND\n`);
      mend();
      return {
        source: make({ command: '/bin/sh', args: [file] }),
        secrets: [secret],
        fail: () => answer(`echo '{"token": "${secret}"'; echo 'not ${secret}' >&2; exit 3`),
        mend,
        stall: () => answer('sleep 60'),
        dispose: () => rmSync(folder, { recursive: true }),
      };
    },
  });
}

const apiVersion = 'client.authentication.k8s.io/v1';
sourceOf(
  'execSource',
  (run) => execSource({ ...run, apiVersion, interactiveMode: 'Never' }),
  JSON.stringify({ kind: 'ExecCredential', apiVersion, status: { token: secret } }),
);
sourceOf('commandSource', (run) => commandSource(run), secret);

const runtime = ['bun', 'deno'].find((name) => process.versions[name] !== undefined) ?? 'node';
const hanging = knownDifferences[runtime].filter(({ hangs }) => hangs);

for (const { name, play } of scenes) {
  const late = () =>
    new Promise((_, reject) => setTimeout(reject, hangingMs, new Error('It hangs.')));
  const isHanging = hanging.some((each) => each.scenes.test(name));
  const message = await Promise.race([play(), ...(isHanging ? [late()] : [])]).then(
    () => undefined,
    (error) => String(error.message),
  );
  console.log(JSON.stringify({ name, ...(message !== undefined && { message }) }));
}
process.exit(0);
