// What a trial of a guide finds in its environment: programs on the PATH, files, variables. Everything is written below one folder.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../packed.mjs';

export const scratch = mkdtempSync(join(tmpdir(), 'keyturn-guides-'));
export const cleanUp = () => rmSync(scratch, { recursive: true, force: true });

/** A file that is not there. */
export const none = join(scratch, 'none');

function write(text) {
  const file = join(mkdtempSync(join(scratch, 'file-')), 'file');
  writeFileSync(file, text);
  return file;
}

/** How to tell that a program is there and starts. */
const programs = {
  aws: ['--version'],
  gcloud: ['--version'],
  'gke-gcloud-auth-plugin': ['--version'],
  kubectl: ['version', '--client'],
};

const found = new Map();

export function isInstalled(name) {
  if (!found.has(name)) found.set(name, run(name, programs[name], { timeout: 60_000 }).passed);
  return found.get(name);
}

/** A PATH on which there is nothing but what is given. */
export function pathWith(...names) {
  const folder = mkdtempSync(join(scratch, 'path-'));
  for (const name of names) {
    const found = run('which', [name]).stdout.trim();
    symlinkSync(realpathSync(found), join(folder, name));
  }
  return { PATH: folder };
}

/** A PATH with a program `name` that answers as a plugin does and, before that, tells a person something. */
export function standIn(name, { tells = '', status }, ...others) {
  const { PATH } = pathWith(...others);
  const script = `#!${process.execPath}
const { apiVersion } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
process.stderr.write(${JSON.stringify(tells)});
process.stdout.write(JSON.stringify({ kind: 'ExecCredential', apiVersion, status: ${JSON.stringify(status)} }));
`;
  writeFileSync(join(PATH, name), script, { mode: 0o755 });
  return { PATH };
}

/** The AWS CLI with this configuration and no credentials from elsewhere. */
export const aws = (config) => ({
  AWS_ACCESS_KEY_ID: undefined,
  AWS_SECRET_ACCESS_KEY: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SHARED_CREDENTIALS_FILE: none,
  AWS_CONFIG_FILE: config === undefined ? none : write(config),
});

/** gcloud without an account. */
export const google = (more) => ({
  CLOUDSDK_CONFIG: join(scratch, 'gcloud'),
  CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  CLOUDSDK_AUTH_ACCESS_TOKEN: undefined,
  ...more,
});

/** A token that gke-gcloud-auth-plugin has kept beside the kubeconfig, in `folder`, which has no current context. */
export function keptByGke(folder) {
  const kept = {
    current_context: '',
    access_token: 'ya29.kept',
    token_expiry: new Date(Date.now() + 600_000).toISOString(),
    extra_args: '',
  };
  writeFileSync(join(folder, 'gke_gcloud_auth_plugin_cache'), JSON.stringify(kept));
  return {};
}

/** A file with a service account of nobody, whose tokens come from `endpoint`. */
export function serviceAccount(endpoint) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    type: 'service_account',
    client_email: 'nobody@example.iam.gserviceaccount.com',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: `${endpoint}/token`,
  };
  return write(JSON.stringify(account));
}
