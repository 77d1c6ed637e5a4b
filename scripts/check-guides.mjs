// Runs the guides to clusters as a newcomer does: in a folder with our tarballs and nothing else, word for word, with the real
// plugin, and a server of its own for the cluster. No cloud is asked. A plugin that is not installed is said and skipped.
// `check-guides.mjs WORD` runs the guides with that word in their name.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { startTestApiServer } from '../packages/testkit/dist/index.js';
import { cleanUp, isInstalled, scratch } from './guides/environments.mjs';
import { describe, guides } from './guides/trials.mjs';
import { installPacked, packAll, root } from './packed.mjs';

const blocksOf = (text, language) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code]) => code,
  );

/** The kubeconfig that the guide shows a user of: the user as it stands, and beside it a file with the rest. */
function writeKubeconfig(folder, text, server) {
  const [shown = ''] = blocksOf(text, 'yaml');
  const [, user] = /- name: (.*)/.exec(shown) ?? [];
  const cluster = {
    server: server.url,
    'certificate-authority-data': Buffer.from(server.ca).toString('base64'),
  };
  const [, name] = /\bcontext(?::| =) '(.*?)'/.exec(text) ?? [];
  // No current context: kubectl may look at the cluster of one before it looks for its plugin, and run the plugin for that.
  const rest = {
    clusters: [{ name: 'c', cluster }],
    contexts: [{ name, context: { cluster: 'c', user } }],
  };
  writeFileSync(join(folder, 'user.yaml'), shown);
  writeFileSync(join(folder, 'rest.json'), JSON.stringify(rest));
  return ['user.yaml', 'rest.json'].map((file) => join(folder, file)).join(delimiter);
}

async function runBlock({ folder, text, kubeconfig }, { block, env }) {
  writeFileSync(join(folder, 'app.mjs'), blocksOf(text, 'ts')[block]);
  const child = spawn(process.execPath, ['app.mjs'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', KUBECONFIG: kubeconfig, ...env(folder) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const [status] = await once(child, 'close');
  return { passed: status === 0, stdout: await stdout, output: (await stdout) + (await stderr) };
}

/** What is wrong with how a trial went; empty where nothing is. */
const judge = (text, trial, result) =>
  trial.prints === undefined ? judgeFailure(text, trial, result) : judgeSuccess(trial, result);

function judgeSuccess({ prints, sends = '', tells = '' }, { passed, stdout, output, sent }) {
  if (!passed || !prints.test(stdout)) return `does not print ${prints}`;
  if (!output.includes(tells)) return `does not tell ${tells}`;
  return sent.includes(sends) ? '' : `does not send ${sends}`;
}

function judgeFailure(text, { says = '', code = '', hints }, { passed, output }) {
  if (passed) return 'does not fail';
  const [, hint = ''] = /installHint: (?:\|\s*)?(.*)/.exec(text) ?? [];
  const expected = [code || 'ERR_EXEC_EXIT', says, hints ? hint : ''];
  const unsaid = expected.filter((each) => !output.includes(each));
  if (unsaid.length > 0) return `does not say ${unsaid.join(', ')}`;
  return text.includes(says) && text.includes(code) ? '' : `is not told of ${says || code}`;
}

/** Makes the folder of a newcomer who has read `page` to its first code. */
function arrive(page, tarballs, server) {
  const text = readFileSync(join(root, 'docs/how-to', page), 'utf8');
  const folder = join(scratch, page);
  mkdirSync(folder);
  const [command] = text.match(/^npm install .*$/m);
  const { passed, output } = installPacked(command, tarballs, folder);
  if (!passed) throw new Error(output);
  return { folder, text, kubeconfig: writeKubeconfig(folder, text, server) };
}

async function tryGuide({ page, needs = [], trials }, tarballs, server) {
  const guide = arrive(page, tarballs, server);
  for (const trial of trials) {
    const what = `${page}: ${describe(trial)}`;
    const missing = (trial.needs ?? needs).find((name) => !isInstalled(name));
    if (missing !== undefined) {
      console.log(`skip  ${what} (${missing} is not installed)`);
      continue;
    }
    const result = await runBlock(guide, trial);
    const sent = server.requests.at(-1)?.headers.authorization ?? '';
    const fault = judge(guide.text, trial, { ...result, sent });
    console.log(fault === '' ? `ok    ${what}` : `FAILS ${what}: ${fault}\n${result.output}`);
    if (fault !== '') process.exitCode = 1;
  }
}

const respond = (answer) => (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
};

const server = await startTestApiServer({
  authorize: ({ token, commonName }) => token !== undefined || commonName !== undefined,
  respond: respond({ items: ['default'] }),
});
const issuer = await startTestApiServer({
  plainHttp: true,
  respond: respond({ access_token: 'of-nobody', token_type: 'Bearer', expires_in: 3600 }),
});
try {
  const tarballs = packAll(scratch);
  const [, , word = ''] = process.argv;
  const clientCertificate = await server.authority.issueClientCertificate();
  for (const guide of guides({ issuer: issuer.url, clientCertificate })) {
    if (guide.page.includes(word)) await tryGuide(guide, tarballs, server);
  }
} finally {
  await Promise.all([server.close(), issuer.close()]);
  cleanUp();
}
