import { once } from 'node:events';
import { request as plainRequest } from 'node:http';
import { connect } from 'node:http2';
import { Agent, type RequestOptions, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import {
  startTestApiServer,
  type TestApiServer,
  type TestApiServerOptions,
} from './test-api-server.js';
import { createTestAuthority } from './test-authority.js';

const authority = await createTestAuthority();
const servers: TestApiServer[] = [];
const agents: Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: TestApiServerOptions = {}): Promise<TestApiServer> {
  const server = await startTestApiServer({ authority, ...options });
  servers.push(server);
  return server;
}

function keepAlive(): Agent {
  const agent = new Agent({ keepAlive: true });
  agents.push(agent);
  return agent;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(
  server: TestApiServer,
  options: RequestOptions & { body?: string } = {},
): Promise<Answer> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const send = server.url.startsWith('https:') ? request : plainRequest;
    const outgoing = send(`${server.url}${rest.path ?? '/'}`, {
      ca: server.ca,
      agent: false,
      ...rest,
    });
    outgoing.on('error', reject).on('response', (response) => {
      text(response).then(
        (content) =>
          resolve({ status: response.statusCode, headers: response.headers, body: content }),
        reject,
      );
    });
    outgoing.end(body);
  });
}

it('answers on loopback with a certificate of its authority', async () => {
  const server = await start();
  expect(server.url).toMatch(/^https:\/\/localhost:\d+$/);
  const { status, body } = await ask(server, { path: '/api?limit=1' });
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ method: 'GET', path: '/api?limit=1', bytes: 0 });
});

it('answers at 127.0.0.1 as another origin', async () => {
  const server = await start();
  const url = new URL(server.url);
  url.hostname = '127.0.0.1';
  expect((await ask({ ...server, url: url.origin })).status).toBe(200);
});

it('remembers method, path, headers, token and the whole body', async () => {
  const server = await start();
  const body = 'x'.repeat(300_000);
  await ask(server, { method: 'POST', path: '/p', headers: { authorization: 'bearer abc' }, body });
  const [recorded] = server.requests;
  expect(recorded).toMatchObject({ method: 'POST', path: '/p', token: 'abc', status: 200 });
  expect(recorded?.body.toString()).toBe(body);
});

it('refuses what authorize refuses, as a Kubernetes API server does', async () => {
  const server = await start({ authorize: ({ token }) => token === 'good' });
  const refused = await ask(server);
  expect(refused.status).toBe(401);
  expect(refused.headers['www-authenticate']).toBe('Bearer');
  expect(JSON.parse(refused.body)).toMatchObject({ kind: 'Status', code: 401 });
  expect((await ask(server, { headers: { authorization: 'Bearer good' } })).status).toBe(200);
  expect(server.requests.map(({ status }) => status)).toEqual([401, 200]);
});

it('numbers connections, and counts those opened and those still open', async () => {
  const server = await start();
  const agent = keepAlive();
  await ask(server, { agent });
  await ask(server, { agent });
  await ask(server);
  expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  expect(server.connections.opened).toBe(2);
  await expect.poll(() => server.connections.open).toBe(1);
});

it('tells who the client certificate names, and whether the session was resumed', async () => {
  const server = await start();
  const { certificate: cert, privateKey: key } = await authority.issueClientCertificate({
    commonName: 'ann',
  });
  const agent = new Agent({ maxSockets: 1, cert, key });
  agents.push(agent);
  await ask(server, { agent });
  await ask(server, { agent });
  expect(server.requests.map(({ commonName }) => commonName)).toEqual(['ann', 'ann']);
  expect(server.requests.map(({ resumed }) => resumed)).toEqual([false, true]);
});

it('does not believe a certificate of a stranger, nor one that has expired', async () => {
  const server = await start();
  const stranger = await (await createTestAuthority()).issueClientCertificate({
    commonName: 'ann',
  });
  const expired = await authority.issueClientCertificate({ notAfter: Date.now() - 5_000 });
  for (const { certificate: cert, privateKey: key } of [stranger, expired]) {
    expect((await ask(server, { cert, key })).status).toBe(200);
  }
  expect(server.requests.map(({ commonName }) => commonName)).toEqual([undefined, undefined]);
});

it('turns away a client without a certificate where one is required', async () => {
  const server = await start({ clientCertificate: 'require' });
  await expect(ask(server)).rejects.toThrow();
  const { certificate: cert, privateKey: key } = await authority.issueClientCertificate();
  expect((await ask(server, { cert, key })).status).toBe(200);
  expect(server.connections.opened).toBe(1);
});

it('lets a test answer for itself, and turns its failure into a 500', async () => {
  const server = await start({
    respond: (_request, response, { path }) => {
      if (path === '/bad') throw new Error('broken');
      response.writeHead(204).end();
    },
  });
  expect((await ask(server)).status).toBe(204);
  expect((await ask(server, { path: '/bad' })).status).toBe(500);
});

it('speaks plain HTTP when asked', async () => {
  const server = await start({ plainHttp: true });
  expect(server.url).toMatch(/^http:\/\/localhost:\d+$/);
  expect((await ask(server)).status).toBe(200);
  expect(server.requests[0]).toMatchObject({ connection: 1, resumed: false });
});

it('speaks HTTP/2 when asked, and counts sessions', async () => {
  const server = await start({ protocol: 'http/2', authorize: ({ token }) => token === 'good' });
  const session = connect(server.url, { ca: server.ca });
  const statusOf = async (token: string): Promise<unknown> => {
    const stream = session.request({ ':path': '/h2', authorization: `Bearer ${token}` });
    const [headers] = await once(stream, 'response');
    stream.resume();
    return headers[':status'];
  };
  expect([await statusOf('good'), await statusOf('bad')]).toEqual([200, 401]);
  expect(server.requests.map(({ path, connection }) => [path, connection])).toEqual([
    ['/h2', 1],
    ['/h2', 1],
  ]);
  session.close();
});

it('keeps as many requests as it is told to', async () => {
  const server = await start({ keepRequests: 2 });
  for (const path of ['/1', '/2', '/3']) await ask(server, { path });
  expect(server.requests.map(({ path }) => path)).toEqual(['/2', '/3']);
});

it('ends idle and busy connections when it closes', async () => {
  const server = await start({ respond: () => {} });
  const hanging = ask(server, { agent: keepAlive() });
  const refused = expect(hanging).rejects.toThrow();
  await expect.poll(() => server.requests.length).toBe(1);
  await server.close();
  await server.close();
  await refused;
  await expect.poll(() => server.connections.open).toBe(0);
});
