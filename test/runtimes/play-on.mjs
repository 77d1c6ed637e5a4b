import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createTestAuthority, startTestApiServer } from '@keyturn/testkit';
import { findRuntime } from './find-runtime.mjs';
import { knownDifferences } from './known-differences.mjs';

const limitMs = 150_000;

/**
 * Plays the client and the scenes on a runtime.
 * Returns how many held, which known differences there were, and what went wrong: a scene, a program that ended early, a difference that
 * is none any more.
 */
export async function playOn(runtime, programs = ['play-client.mjs', 'play-scenes.mjs']) {
  // One authority for both, so that what is seen elsewhere is what a client lets go, not whom it trusts.
  const authority = await createTestAuthority();
  const stranger = await createTestAuthority({ commonName: 'stranger' });
  const elsewhere = await startTestApiServer({ authority, respond: tellWhoAsks });
  const server = await startTestApiServer({
    authority,
    authorize: ({ token, commonName }) => token === 'good' || commonName !== undefined,
    respond: (request, response, who) => {
      if (request.url !== '/away') tellWhoAsks(request, response, who);
      else response.writeHead(307, { location: `${elsewhere.url}/landed` }).end();
    },
  });
  try {
    const names = ['one', 'two'];
    const issue = (commonName) => server.authority.issueClientCertificate({ commonName });
    const pairs = await Promise.all(names.map(issue));
    const { url, ca } = server;
    const world = JSON.stringify({ url, ca, pairs, stranger: stranger.certificate });
    const results = [];
    for (const program of programs) results.push(...(await run(runtime, program, world)));
    return judge(runtime, results, programs.length > 1);
  } finally {
    await Promise.all([server.close(), elsewhere.close()]);
  }
}

function tellWhoAsks(request, response, { token, commonName }) {
  const isElsewhere = request.url === '/landed';
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ token, name: commonName, isElsewhere }));
}

/** What each scene of a program came to; a program that ends early is one that did not hold. */
async function run(runtime, program, world) {
  const [command, ...args] = findRuntime(runtime);
  const child = spawn(command, [...args, join(import.meta.dirname, program)], {
    env: { ...process.env, KEYTURN_WORLD: world, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  const code = await new Promise((resolve) =>
    child.on('close', (exit, signal) => resolve(signal ?? exit)),
  );
  const lines = out.split('\n').filter((line) => line.startsWith('{'));
  const results = lines.map((line) => JSON.parse(line));
  if (code === 0 && results.length > 0) return results;
  return [...results, { name: program, message: `ended with ${code}: ${err.slice(-400)}` }];
}

function judge(runtime, results, isWhole) {
  const differences = knownDifferences[runtime];
  const isKnown = ({ name }) => differences.some(({ scenes }) => scenes.test(name));
  const failed = results.filter(({ message }) => message !== undefined);
  const gone = differences.filter(({ scenes }) => !failed.some(({ name }) => scenes.test(name)));
  return {
    held: results.length - failed.length,
    known: failed.filter(isKnown).map(({ name }) => name),
    wrong: [
      ...failed
        .filter((result) => !isKnown(result))
        .map(({ name, message }) => `${name}: ${message}`),
      ...(isWhole ? gone : []).map(({ scenes }) => `${scenes} holds now: take it off the list`),
    ],
  };
}
