import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createSecureServer, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { createTestAuthority, execCredential, type TestAuthority } from '@keyturn/testkit';
import { codeBlocks, pageId } from './code-blocks.js';

/** What stands in for the clouds, clusters and vaults of the pages. */
export interface StandIn extends AsyncDisposable {
  readonly env: NodeJS.ProcessEnv;
  /** Requests so far, as `GET /path`, and those of them that carried no credential. */
  readonly seen: { readonly requests: string[]; readonly anonymous: string[] };
}

const plugins = ['aws', 'gke-gcloud-auth-plugin', 'kubectl', 'kubelogin', 'my-plugin'];
const contexts = ['here', 'production', 'staging', 'prod'];

/** Prints a credential of the API version that it is asked for. */
const plugin = `#!${process.execPath}
const { apiVersion } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
process.stderr.write('Sign in at https://login.example\\n');
process.stdout.write(JSON.stringify({ kind: 'ExecCredential', apiVersion, status: { token: 'of-a-plugin' } }));
`;

/** Prints what gh, az, a login in JSON and a credential helper print. */
const command = `#!${process.execPath}
const name = require('node:path').basename(process.argv[1]);
const inAnHour = Math.floor(Date.now() / 1000) + 3600;
const say = (answer) => process.stdout.write(typeof answer === 'string' ? answer : JSON.stringify(answer));
if (name === 'gh') say('of-a-command\\n');
if (name === 'az') say({ accessToken: 'of-a-command', expires_on: inAnHour });
if (name === 'my-login') say({ access_token: 'of-a-command', expires_in: 3600 });
if (name === 'credential-helper') {
  const { uri } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  say({ headers: { Authorization: ['Bearer for-' + new URL(uri).hostname] } });
}
`;
const clouds = ['login.microsoftonline.com', 'sts.googleapis.com', 'oauth2.googleapis.com'];
const commands = ['gh', 'az', 'my-login', 'credential-helper'];

/** Starts a server for every host of the pages, and makes a folder with plugins, a kubeconfig and the token of a pod. */
export async function startStandIn(): Promise<StandIn> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-pages-'));
  const authority = await createTestAuthority();
  const hosts = [
    '127.0.0.1',
    'localhost',
    'api.example',
    'issuer.example',
    'login.example',
    ...clouds,
  ];
  const { certificate, privateKey } = await authority.issueServerCertificate({ hosts });
  const seen: StandIn['seen'] = { requests: [], anonymous: [] };
  const server = createSecureServer({
    ...{ cert: certificate, key: privateKey, allowHTTP1: true },
    ...{ ca: authority.certificate, requestCert: true, rejectUnauthorized: false },
  });
  server.on('request', (request: Http2ServerRequest, response) => {
    const issued = issue(request);
    if (issued !== undefined) {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify(issued));
    }
    const line = `${request.method} ${request.url}`;
    seen.requests.push(line);
    const isKnown =
      /^Bearer \S/.test(request.headers.authorization ?? '') ||
      (request.socket as TLSSocket).authorized;
    if (!isKnown) seen.anonymous.push(line);
    request.resume();
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ items: [] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const files = await writeFiles(folder, port, authority);
  return {
    seen,
    env: {
      ...process.env,
      ...files,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      PAGES_PORT: String(port),
      PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`,
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What an authorization server answers: its metadata, or a token; undefined for any other server. */
function issue({ method, url, headers, authority }: Http2ServerRequest): object | undefined {
  const issuer = `https://${headers.host ?? authority}`;
  if (url.endsWith('/openid-configuration')) return { issuer, token_endpoint: `${issuer}/token` };
  const isToken = method === 'POST' && url.endsWith('/token');
  return isToken
    ? { access_token: 'of-oauth', token_type: 'Bearer', expires_in: 3_600 }
    : undefined;
}

async function writeFiles(
  folder: string,
  port: number,
  authority: TestAuthority,
): Promise<NodeJS.ProcessEnv> {
  await mkdir(join(folder, 'bin'));
  const ca = authority.certificate;
  const programs = [
    ...plugins.map((name) => [name, plugin]),
    ...commands.map((name) => [name, command]),
    ['tsh', await certificatePlugin(authority)],
  ];
  for (const [name = '', text = ''] of programs) {
    const file = join(folder, 'bin', name);
    await writeFile(file, text);
    await chmod(file, 0o755);
  }
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    'certificate-authority-data': Buffer.from(ca).toString('base64'),
  };
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    command: 'my-plugin',
  };
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: contexts.map((name) => ({ name, context: { cluster: 'c', user: 'u' } })),
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { exec } }],
  };
  const named = {
    PAGES_TOOLS: join(folder, 'bin'),
    KUBECONFIG: join(folder, 'config'),
    PAGES_KUBECONFIGS: join(folder, 'kubeconfigs'),
    // What is shared between programs stays in the folder.
    XDG_STATE_HOME: join(folder, 'state'),
    PAGES_POD_TOKEN: join(folder, 'token'),
  };
  await writeFile(named.KUBECONFIG, JSON.stringify(kubeconfig));
  await writeOwnKubeconfigs(named.PAGES_KUBECONFIGS, kubeconfig);
  await writeFile(named.PAGES_POD_TOKEN, 'of-a-pod\n');
  await writeFile(join(folder, 'ca.pem'), ca);
  return named;
}

/** Prints a client certificate. */
async function certificatePlugin(authority: TestAuthority): Promise<string> {
  const apiVersion = 'client.authentication.k8s.io/v1beta1';
  const clientCertificate = await authority.issueClientCertificate();
  const answer = execCredential({ clientCertificate, apiVersion });
  return `#!${process.execPath}\nprocess.stdout.write(${JSON.stringify(answer)});\n`;
}

/**
 * Writes a kubeconfig for each page that shows a user of one: what it shows in a file as it stands, and the rest in
 * another, for they are joined by whoever reads them.
 */
async function writeOwnKubeconfigs(folder: string, shared: object): Promise<void> {
  await mkdir(folder);
  for (const { page, code } of codeBlocks('yaml')) {
    const [, user] = /^users:\n {2}- name: (.*)$/m.exec(code) ?? [];
    if (user === undefined) continue;
    const used = codeBlocks('ts').filter((block) => block.page === page);
    const names = used.flatMap(({ code }) => [...code.matchAll(/\bcontext(?::| =) '(.*?)'/g)]);
    const contexts = names.map(([, name]) => ({ name, context: { cluster: 'c', user } }));
    const rest = { ...shared, contexts, users: [] };
    await writeFile(join(folder, `${pageId(page)}.yaml`), code);
    await writeFile(join(folder, `${pageId(page)}.json`), JSON.stringify(rest));
  }
}
