import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  execCredential,
  scriptedPlugin,
  startTestApiServer,
  type TestApiServer,
} from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const examples = fileURLToPath(new URL('../examples', import.meta.url));

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a compiled example as a person would, with a program of its own. `npm test` compiles first. */
const run = (example: string, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const program = path.join(examples, example, 'dist/index.js');
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? (error === null ? 0 : 'killed'), stdout, stderr });
    });
  });

const linesOf = async (example: string): Promise<string[]> => {
  const text = await readFile(path.join(examples, example, 'src/index.ts'), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('//'));
};

describe('the hello examples', () => {
  it.each(['hello-axios', 'hello-got', 'hello-https'])(
    '%s prints the answer of a server that wants a token',
    async (example) => {
      const { code, stdout, stderr } = await run(example);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain("path: '/api/v1/namespaces'");
    },
  );

  it('differ in the import, the line that binds and the line that asks', async () => {
    const axios = await linesOf('hello-axios');
    for (const other of ['hello-got', 'hello-https']) {
      const lines = await linesOf(other);
      const ownLines = lines.filter((line) => !axios.includes(line) && !line.startsWith('import '));
      expect(ownLines).toEqual([
        expect.stringMatching(/^const \{ client \} = bind/),
        expect.stringMatching(/^console\.log\(/),
      ]);
    }
  });
});

it('in-a-container lists the tenants of a server that wants a token', async () => {
  const { code, stdout, stderr } = await run('in-a-container');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toBe('');
});

it('your-own-adapter sends a refused request once more, with the token that the file holds now', async () => {
  const { code, stdout, stderr } = await run('your-own-adapter');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe('200\n200\nfirst 200, first 401, second 200\n');
});

it('oauth-client asks for one token at a time, and follows a new login', async () => {
  const { code, stdout, stderr } = await run('oauth-client');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n')).toEqual([
    '100 requests: 1 token',
    '5 refreshes: 5 refresh tokens, each used once',
    'logged out: ERR_OAUTH_GRANT',
    'what is held serves on',
    'logged in again: 200',
    '',
  ]);
});

describe('many-processes', () => {
  it('serves every request of processes that share one login', { timeout: 120_000 }, async () => {
    const few = ['--processes', '4', '--kill', '1', '--seconds', '5'];
    const { code, stdout, stderr } = await run('many-processes', ...few);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, served] = /(\d+) requests served, 0 failed by 4 processes/.exec(stdout) ?? [];
    expect(Number(served)).toBeGreaterThan(20);
    expect(stdout).toContain('0 reuses; the login is good');
    expect(stdout.match(/ killed /g)).toHaveLength(1);
  });

  it('says that there is no store where there is none', async () => {
    const nowhere = ['--store', 'redis', '--redis', 'redis://127.0.0.1:1'];
    const { code, stdout, stderr } = await run('many-processes', ...nowhere);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      'error: There is no store in redis://127.0.0.1:1. Start a redis-server there, or say --redis.\n',
    );
  });
});

it('client-node runs one plugin, keeps its connections, and sees no refusal', async () => {
  const { code, stdout, stderr } = await run('client-node');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toEqual([
    '20 calls at once: 1 run of the plugin',
    '20 calls in a row: 0 new connections',
    'rotation: credential 2',
    'the token was revoked: 1 namespaces all the same',
    'rotation: credential 3',
    'it was revoked again: namespace "made" was made, once',
  ]);
});

it('in-cluster follows the token and the authority of a pod', async () => {
  const { code, stdout, stderr } = await run('in-cluster');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.match(/3 pods/g)).toHaveLength(3);
});

it('watch-pods misses no pod and tells of none twice, through rotations', async () => {
  const { code, stdout, stderr } = await run('watch-pods');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [, pods, rotations] =
    /(\d+) pods, 0 missed, 0 told twice, (\d+) rotations\n$/.exec(stdout) ?? [];
  expect(Number(pods)).toBeGreaterThan(20);
  expect(Number(rotations)).toBeGreaterThan(2);
});

describe('the kubeconfig example', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'keyturn-examples-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const writeKubeconfig = async (server: TestApiServer, user: object): Promise<string> => {
    const file = path.join(directory, 'config');
    const data = Buffer.from(server.ca).toString('base64');
    const kubeconfig = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'local', user: 'me' } }],
      clusters: [
        { name: 'local', cluster: { server: server.url, 'certificate-authority-data': data } },
      ],
      users: [{ name: 'me', user }],
    };
    await writeFile(file, JSON.stringify(kubeconfig), { mode: 0o600 });
    return file;
  };

  it('puts token and client certificate of a plugin on the wire of a mutual TLS server', async () => {
    await using server = await startTestApiServer({
      clientCertificate: 'require',
      authorize: ({ token, commonName }) => token === 'from-plugin' && commonName === 'me',
    });
    const clientCertificate = await server.authority.issueClientCertificate({ commonName: 'me' });
    const stdout = execCredential({ token: 'from-plugin', clientCertificate });
    await using plugin = await scriptedPlugin({ stdout });
    const file = await writeKubeconfig(server, { exec: plugin.config });
    const ended = await run(
      'kubeconfig',
      '--kubeconfig',
      file,
      '--context',
      'test',
      '/api/v1/pods',
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(ended.stdout)).toMatchObject({ path: '/api/v1/pods', commonName: 'me' });
    expect(plugin.runs()).toBe(1);
  });

  it('puts a token of the real aws plugin on the wire', async ({ skip }) => {
    skip(!isOnPath('aws'), 'the aws command is not installed');
    await using server = await startTestApiServer();
    const env = {
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLEEXAMPLE00',
      AWS_SECRET_ACCESS_KEY: 'example-secret-of-nobody',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: path.join(directory, 'no-config'),
      AWS_SHARED_CREDENTIALS_FILE: path.join(directory, 'no-credentials'),
    };
    const file = await writeKubeconfig(server, {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        command: 'aws',
        args: ['eks', 'get-token', '--cluster-name', 'x', '--region', 'us-east-1'],
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
      },
    });
    expect(await run('kubeconfig', '--kubeconfig', file)).toMatchObject({ code: 0 });
    expect(server.requests).toMatchObject([
      { path: '/api/v1/namespaces', token: expect.stringMatching(/^k8s-aws-v1\.[\w-]+$/) },
    ]);
  });

  it('prints why the server refused and ends with 1', async () => {
    await using server = await startTestApiServer({ authorize: () => false });
    const file = await writeKubeconfig(server, { token: 's3cret' });
    const { code, stdout, stderr } = await run('kubeconfig', '--kubeconfig', file);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe('The server answered 401 Unauthorized: Unauthorized.\n');
  });

  it('prints the code of a credential error and ends with 1', async () => {
    await using server = await startTestApiServer();
    const file = await writeKubeconfig(server, { token: 's3cret' });
    const { code, stderr } = await run('kubeconfig', '--kubeconfig', file, '--context', 'work');
    expect(code).toBe(1);
    expect(stderr).toBe(
      `ERR_KUBECONFIG_CONTEXT: Context "work" is not in "${file}". There is "test".\n`,
    );
  });

  it('explains its options', async () => {
    const { code, stdout } = await run('kubeconfig', '--help');
    expect(code).toBe(0);
    for (const word of ['--kubeconfig', '--context', '/api/v1/namespaces']) {
      expect(stdout).toContain(word);
    }
  });
});

function isOnPath(command: string): boolean {
  const directories = (process.env['PATH'] ?? '').split(path.delimiter);
  const names = process.platform === 'win32' ? [`${command}.exe`, `${command}.cmd`] : [command];
  return directories.some((directory) =>
    names.some((name) => existsSync(path.join(directory, name))),
  );
}
