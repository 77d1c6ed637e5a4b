// Runs the guides to clusters as a newcomer does: in a folder with our tarballs and nothing else, word for word, with the real
// plugin, and a server of its own for the cluster. No cloud is asked. A plugin that is not installed is said and skipped;
// test/pages runs the same blocks with a stand-in for each. `check-guides.mjs WORD` runs the guides with that word in their name.
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { startTestApiServer } from '../packages/testkit/dist/index.js';
import { installPacked, packAll, root, run } from './packed.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'keyturn-guides-'));
const none = join(scratch, 'none');

/** What is printed by a block that prints a credential. */
const expiry = /Credential \{[^}]*'token'[^}]*expiresAt: '\d{4}-\d\d-\d\dT/;
/** What is printed by a block that lists namespaces. */
const namespaces = /\{ items: \[ 'default' \] \}/;

/** A PATH on which there is nothing but what is given. */
function pathWith(...programs) {
  const folder = mkdtempSync(join(scratch, 'path-'));
  for (const name of programs) symlinkSync(whereIs(name), join(folder, name));
  return folder;
}

const whereIs = (name) => realpathSync(run('which', [name]).stdout.trim());

/** How to tell that a program is there and starts. */
const programs = {
  aws: ['--version'],
  gcloud: ['--version'],
  'gke-gcloud-auth-plugin': ['--version'],
  kubectl: ['version', '--client'],
};

const found = new Map();

function isInstalled(name) {
  if (!found.has(name)) found.set(name, run(name, programs[name], { timeout: 60_000 }).passed);
  return found.get(name);
}

function write(text) {
  const file = join(mkdtempSync(join(scratch, 'file-')), 'file');
  writeFileSync(file, text);
  return file;
}

const keys =
  'aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = not-a-real-secret\n';
const aws = (config) => ({
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SHARED_CREDENTIALS_FILE: none,
  AWS_CONFIG_FILE: config === undefined ? none : write(config),
});
const sso =
  'sso_start_url = https://d.awsapps.com/start\nsso_region = eu-central-1\nsso_account_id = 1\nsso_role_name = r\n';
const mfa =
  'role_arn = arn:aws:iam::1:role/r\nsource_profile = me\nmfa_serial = arn:aws:iam::1:mfa/me\n';

const google = (more) => ({
  CLOUDSDK_CONFIG: join(scratch, 'gcloud'),
  CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  CLOUDSDK_AUTH_ACCESS_TOKEN: undefined,
  ...more,
});

/** A service account of nobody, whose tokens come from `endpoint`. */
function serviceAccount(endpoint) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    type: 'service_account',
    client_email: 'nobody@example.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: `${endpoint}/token`,
  };
  return write(JSON.stringify(account));
}

/**
 * What each guide is tried with. `block` counts from 0: the kubeconfig's, the one without. A trial prints something, or fails with a
 * code and words of the plugin, which the guide has to name. `needs` is what has to be installed.
 */
const guides = ({ tokenEndpoint }) => ({
  'connect-to-eks.md': {
    needs: ['aws'],
    trials: [
      { block: 1, env: aws(`[profile prod]\n${keys}`), prints: expiry },
      { block: 0, env: aws(`[profile prod]\n${keys}`), prints: namespaces, sends: 'k8s-aws-v1.' },
      { block: 1, env: aws(), says: 'The config profile (prod) could not be found' },
      { block: 1, env: aws('[profile prod]\n'), says: 'Unable to locate credentials' },
      { block: 1, env: aws(`[profile prod]\n${sso}`), says: 'Error loading SSO Token' },
      { block: 0, env: aws(`[profile prod]\n${mfa}[profile me]\n${keys}`), says: 'Enter MFA code' },
      { block: 0, env: { PATH: pathWith() }, code: 'ERR_EXEC_NOT_FOUND', needs: [] },
    ],
  },
  'connect-to-gke.md': {
    needs: ['gke-gcloud-auth-plugin'],
    trials: [
      {
        block: 0,
        env: google(),
        needs: ['gke-gcloud-auth-plugin', 'gcloud'],
        says: 'You do not currently have an active account selected',
      },
      {
        block: 0,
        env: google({ CLOUDSDK_AUTH_ACCESS_TOKEN: 'ya29.nobody' }),
        ...{ prints: namespaces, sends: 'ya29.nobody' },
      },
      {
        block: 1,
        env: google({ GOOGLE_APPLICATION_CREDENTIALS: serviceAccount(tokenEndpoint) }),
        prints: expiry,
      },
      {
        block: 1,
        env: google({ GOOGLE_APPLICATION_CREDENTIALS: none }),
        says: 'no such file or directory',
      },
      {
        block: 0,
        env: () => google({ PATH: pathWith('gke-gcloud-auth-plugin') }),
        says: 'executable file not found in $PATH',
      },
      { block: 0, env: { PATH: pathWith() }, code: 'ERR_EXEC_NOT_FOUND', hints: true, needs: [] },
    ],
  },
  'connect-to-aks.md': {
    trials: [{ block: 0, env: { PATH: pathWith() }, code: 'ERR_EXEC_NOT_FOUND', hints: true }],
  },
  'log-in-with-oidc.md': {
    trials: [
      {
        block: 1,
        env: () => ({ PATH: pathWith('kubectl') }),
        needs: ['kubectl'],
        says: 'unknown command "oidc-login" for "kubectl"',
      },
      { block: 0, env: { PATH: pathWith() }, code: 'ERR_EXEC_NOT_FOUND', hints: true },
    ],
  },
  'connect-through-teleport.md': {
    trials: [{ block: 0, env: { PATH: pathWith() }, code: 'ERR_EXEC_NOT_FOUND' }],
  },
});

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
  const own = typeof env === 'function' ? env() : env;
  const child = spawn(process.execPath, ['app.mjs'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', KUBECONFIG: kubeconfig, ...own },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const [status] = await once(child, 'close');
  return { passed: status === 0, stdout: await stdout, output: (await stdout) + (await stderr) };
}

/** What is wrong with how a trial went; empty where nothing is. */
function judge({ text }, trial, { passed, stdout, output }, lastToken) {
  const { prints, sends, says = '', code = '', hints } = trial;
  if (prints !== undefined) {
    if (!passed || !prints.test(stdout)) return `does not print ${prints}`;
    return sends === undefined || lastToken().includes(sends) ? '' : `does not send ${sends}`;
  }
  if (passed) return 'does not fail';
  const [, hint = ''] = /installHint: (?:\|\s*)?(.*)/.exec(text) ?? [];
  const expected = [code || 'ERR_EXEC_EXIT', says, hints ? hint : ''];
  const unsaid = expected.filter((each) => !output.includes(each));
  if (unsaid.length > 0) return `does not say ${unsaid.join(', ')}`;
  return text.includes(says) && text.includes(code) ? '' : `is not told of ${says || code}`;
}

function describe({ block, prints, says, code }) {
  const which = block === 0 ? 'the kubeconfig' : 'the code without a kubeconfig';
  if (prints === expiry) return `${which} prints the expiry of the token`;
  return prints === namespaces ? `${which} lists namespaces` : `${which} ends in "${says ?? code}"`;
}

async function tryGuide(page, { needs = [], trials }, tarballs, server) {
  const text = readFileSync(join(root, 'docs/how-to', page), 'utf8');
  const folder = join(scratch, page);
  mkdirSync(folder);
  const [command] = text.match(/^npm install .*$/m);
  const installed = installPacked(command, tarballs, folder);
  if (!installed.passed) throw new Error(installed.output);
  const guide = { folder, text, kubeconfig: writeKubeconfig(folder, text, server) };
  for (const trial of trials) {
    const missing = (trial.needs ?? needs).find((name) => !isInstalled(name));
    if (missing !== undefined) {
      console.log(`skip  ${page}: ${describe(trial)} (${missing} is not installed)`);
      continue;
    }
    const result = await runBlock(guide, trial);
    const fault = judge(guide, trial, result, () => server.requests.at(-1).headers.authorization);
    console.log(`${fault === '' ? 'ok   ' : 'FAILS'} ${page}: ${describe(trial)}`);
    if (fault === '') continue;
    console.log(`${fault}\n${result.output}`);
    process.exitCode = 1;
  }
}

const respond = (answer) => (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
};

const server = await startTestApiServer({
  authorize: ({ token }) => token !== undefined,
  respond: respond({ items: ['default'] }),
});
const issuer = await startTestApiServer({
  plainHttp: true,
  respond: respond({ access_token: 'of-nobody', token_type: 'Bearer', expires_in: 3600 }),
});
try {
  const tarballs = packAll(scratch);
  const [, , word = ''] = process.argv;
  for (const [page, guide] of Object.entries(guides({ tokenEndpoint: issuer.url }))) {
    if (page.includes(word)) await tryGuide(page, guide, tarballs, server);
  }
} finally {
  await Promise.all([server.close(), issuer.close()]);
  rmSync(scratch, { recursive: true, force: true });
}
