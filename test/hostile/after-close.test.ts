import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import grpc from '@grpc/grpc-js';
import { createTestAuthority } from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';

// SECURITY.md: `close()` drops what is held. Each binding is used in a process of its own, and its heap is searched after
// the manager has closed, with the bound client still there.

const program = fileURLToPath(new URL('./after-close-program.mjs', import.meta.url));
const run = promisify(execFile);

/** Those whose ways to hold something differ; KEYTURN_HOSTILE=full looks at all. */
const sample = ['https', 'grpc'];
const all = [
  ...[
    'got over HTTP/2',
    'undici',
    'manager',
    'http2',
    'agent',
    'ws',
    'axios',
    'axios over HTTP/2',
    'got',
    'fetch',
  ],
  ...sample,
];
const kinds = process.env['KEYTURN_HOSTILE'] === 'full' ? all : sample;

let folder: string;
let environment: NodeJS.ProcessEnv;
const closers: (() => void)[] = [];

beforeAll(async () => {
  const authority = await createTestAuthority();
  const client = await authority.issueClientCertificate();
  const own = await authority.issueServerCertificate();
  folder = await mkdtemp(join(tmpdir(), 'keyturn-'));
  await writeFile(join(folder, 'ca.crt'), authority.certificate);
  await writeFile(join(folder, 'client.crt'), client.certificate);
  await writeFile(join(folder, 'client.key'), client.privateKey, { mode: 0o600 });
  const tls = {
    cert: own.certificate,
    key: own.privateKey,
    ca: authority.certificate,
    requestCert: true,
  };
  environment = {
    ...process.env,
    TEST_SERVER: await startHttps(tls),
    TEST_HTTP2_SERVER: await startHttp2(tls),
    TEST_GRPC_SERVER: await startGrpc(own, authority.certificate),
  };
});
afterAll(async () => {
  for (const close of closers) close();
  await rm(folder, { recursive: true });
});

async function startHttps(tls: https.ServerOptions): Promise<string> {
  const server = https.createServer(tls, (_, response) => void response.end('ok'));
  const sockets = new WebSocketServer({ server });
  closers.push(() => {
    sockets.close();
    server.close();
    server.closeAllConnections();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

async function startHttp2(tls: http2.SecureServerOptions): Promise<string> {
  const server = http2.createSecureServer(tls, (_, response) => void response.end('ok'));
  closers.push(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

async function startGrpc(
  own: { certificate: string; privateKey: string },
  ca: string,
): Promise<string> {
  const same = (bytes: Buffer): Buffer => bytes;
  const codec = {
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  const server = new grpc.Server();
  server.addService(
    { Say: { path: '/test.Test/Say', requestStream: false, responseStream: false, ...codec } },
    {
      Say: (_: unknown, callback: grpc.sendUnaryData<Buffer>) => callback(null, Buffer.from('ok')),
    },
  );
  const pair = {
    cert_chain: Buffer.from(own.certificate),
    private_key: Buffer.from(own.privateKey),
  };
  const credentials = grpc.ServerCredentials.createSsl(Buffer.from(ca), [pair], true);
  closers.push(() => server.forceShutdown());
  const port = await promisify(server.bindAsync.bind(server))('localhost:0', credentials);
  return `localhost:${port}`;
}

describe('after manager.close()', () => {
  it.each(kinds)(
    'neither token, header, key nor state is in the heap of a program with %s',
    async (kind) => {
      const { stdout } = await run(process.execPath, ['--expose-gc', program, kind, folder], {
        env: environment,
      });
      const { before, after } = JSON.parse(stdout);
      // Else the search finds nothing at all.
      expect(before).toEqual({ token: true, header: true, key: true, state: true });
      expect(after).toEqual({ token: false, header: false, key: false, state: false });
    },
  );
});
