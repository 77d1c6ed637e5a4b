/** Real servers that ask for a client certificate, as Debian packages them: started by hand, ended by pid. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestAuthority } from '@keyturn/testkit';

export interface TlsProxy extends AsyncDisposable {
  /** `https://localhost:PORT`, without a slash at the end. */
  readonly url: string;
  /** The certificate to trust, PEM text. */
  readonly ca: string;
}

export type ProxyName = 'haproxy' | 'nginx';

type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** What stands in the directory of a proxy. */
interface ProxyFiles {
  readonly directory: string;
  readonly port: number;
  readonly version: TlsVersion;
}

interface Recipe {
  config(files: ProxyFiles): string;
  arguments(config: string): readonly string[];
}

/** Both answer a client whose certificate they like with its name. */
const recipes: Readonly<Record<ProxyName, Recipe>> = {
  haproxy: {
    config: ({ directory, port, version }) => `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend test
  bind 127.0.0.1:${port} ssl crt ${directory}/server.pem ca-file ${directory}/ca.pem verify required ssl-min-ver ${version} ssl-max-ver ${version}
  http-request return status 200 content-type text/plain lf-string "%[ssl_c_s_dn(cn)]"
`,
    // -db: in the foreground.
    arguments: (config) => ['-db', '-f', config],
  },
  nginx: {
    config: ({ directory, port, version }) => `
daemon off;
master_process off;
pid ${directory}/nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_protocols ${version};
    ssl_certificate ${directory}/server.pem;
    ssl_certificate_key ${directory}/server.pem;
    ssl_client_certificate ${directory}/ca.pem;
    ssl_verify_client on;
    location / { return 200 $ssl_client_s_dn; }
  }
}
`,
    arguments: (config) => ['-e', 'stderr', '-c', config],
  },
};

/** Where the program is; undefined where it is not installed. Servers live in sbin, which is not on everybody's PATH. */
export function findProxy(name: ProxyName): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(path.delimiter);
  return [...directories, '/usr/sbin', '/usr/local/sbin']
    .map((directory) => path.join(directory, name))
    .find((file) => existsSync(file));
}

/** Starts a proxy on loopback that lets nobody in without a certificate of `authority`. */
export async function startProxy(
  name: ProxyName,
  { authority, version }: { readonly authority: TestAuthority; readonly version: TlsVersion },
): Promise<TlsProxy> {
  const directory = await mkdtemp(path.join(tmpdir(), `keyturn-${name}-`));
  const { certificate, privateKey } = await authority.issueServerCertificate();
  const port = await freePort();
  const config = path.join(directory, 'config');
  const mode = { mode: 0o600 };
  await writeFile(path.join(directory, 'server.pem'), certificate + privateKey, mode);
  await writeFile(path.join(directory, 'ca.pem'), authority.certificate);
  await writeFile(config, recipes[name].config({ directory, port, version }));
  const child = spawn(findProxy(name) ?? name, recipes[name].arguments(config), {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await listening(child, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `https://localhost:${port}`,
    ca: authority.certificate,
    [Symbol.asyncDispose]: stop,
  };
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when something answers at `port`; rejects with what the program said when it ends before. */
async function listening(child: ChildProcess, port: number): Promise<void> {
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (failure !== undefined) throw failure;
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${said}`);
    if (await isOpen(port)) return;
    await delay(20);
  }
  throw new Error(`Nothing listens after ten seconds: ${said}`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
