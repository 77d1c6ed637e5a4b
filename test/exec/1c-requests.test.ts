import { bindAxios } from '@keyturn/axios';
import { execSource } from '@keyturn/core/exec';
import axios from 'axios';
import { expect, it, onTestFinished } from 'vitest';
import {
  bindTo,
  counted,
  expectTokens,
  failureOf,
  manage,
  pretend,
  shell,
  startServer,
  tokens,
  v1,
  v1alpha1,
} from './plugin-stage.js';

it.each([
  ['of its own', 'Bearer mine', 'mine'],
  ['that is empty', '', undefined],
])(
  'B32 leaves an Authorization %s alone, runs nothing and replays nothing',
  async (_, given, token) => {
    const source = tokens();
    const server = await startServer({ authorize: () => false });
    const get = bindTo(server, manage({ source }));
    const { status } = await get('/', { headers: { aUTHORIZATION: given } });
    expect(status).toBe(401);
    expectTokens(server, [token]);
    expect(source.runs).toBe(0);
  },
);

it('B33 W09 fails a request with the error of the plugin itself, code and all', async () => {
  const server = await startServer();
  const manager = manage({ source: execSource(shell('exit 3')) });
  const error = await failureOf(bindTo(server, manager)('/'));
  expect(error).toMatchObject({ code: 'ERR_EXEC_EXIT', exitCode: 3 });
  expect(server.requests).toHaveLength(0);
});

it('B34 sends a token as Bearer, and no header where there is only a certificate', async () => {
  const server = await startServer();
  await bindTo(server, manage({ source: tokens() }))('/');
  const { authority } = server;
  const source = counted(async () => ({
    clientCertificate: await authority.issueClientCertificate({ commonName: 'me' }),
  }));
  await bindTo(server, manage({ source }))('/');
  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer token-1',
    undefined,
  ]);
  expect(server.requests[1]?.commonName).toBe('me');
});

it("B35 W27 leaves the caller's request as it was", async () => {
  const server = await startServer();
  const headers = Object.freeze({ 'x-mine': '1' });
  await bindTo(server, manage({ source: tokens() }))('/', Object.freeze({ headers }));
  expect(headers).toEqual({ 'x-mine': '1' });
  expect(server.requests[0]?.headers).toMatchObject({
    'x-mine': '1',
    authorization: 'Bearer token-1',
  });
});

it('B36 passes a broken connection on as it is and loads nothing for it', async () => {
  const server = await startServer({ respond: (request) => request.socket.destroy() });
  const source = tokens();
  await expect(bindTo(server, manage({ source }))('/')).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
  expect(source.runs).toBe(1);
});

it('B37 W02 refreshes once after a 401 and sends the request once more', async () => {
  const source = tokens();
  const server = await startServer({ authorize: ({ token }) => token === 'token-2' });
  const { status } = await bindTo(server, manage({ source }))('/');
  expect(status).toBe(200);
  expectTokens(server, ['token-1', 'token-2']);
  expect(source.contexts.map(({ reason }) => reason)).toEqual(['initial', 'rejected']);
});

it('B37 delivers the second 401 as the server sent it, and stops', async () => {
  const source = tokens();
  const server = await startServer({ authorize: () => false });
  const { status, headers, body } = await bindTo(server, manage({ source }))('/');
  expect(status).toBe(401);
  expect(headers['www-authenticate']).toBe('Bearer');
  expect(JSON.parse(body)).toMatchObject({ kind: 'Status', message: 'Unauthorized' });
  expect(source.runs).toBe(2);
});

it('B38 keeps and goes on using what it holds when the refresh after a 401 fails', async () => {
  const source = counted((run) => {
    if (run > 1) throw new Error('The issuer is down.');
    return { token: 'token-1' };
  });
  const server = await startServer({ authorize: ({ path }) => path !== '/refused' });
  const manager = manage({ source });
  const failures: unknown[] = [];
  manager.on('refreshFailed', (event) => failures.push(event));
  const get = bindTo(server, manager);
  expect((await get('/refused')).status).toBe(401);
  expect((await get('/')).status).toBe(200);
  expectTokens(server, ['token-1', 'token-1']);
  expect(failures).toMatchObject([{ reason: 'rejected', stillServing: true }]);
});

it.each([403, 500, 302])('B39 loads nothing after a %d', async (status) => {
  const source = tokens();
  const server = await startServer({
    respond: (_, response) => void response.writeHead(status).end(),
  });
  expect((await bindTo(server, manage({ source }))('/')).status).toBe(status);
  expect(source.runs).toBe(1);
});

it.each([
  [v1alpha1, true],
  [v1, false],
] as const)('B40 tells a plugin of %s about the 401: %s', async (apiVersion, isTold) => {
  const { source, execInfos } = pretend({ apiVersion });
  const server = await startServer({ authorize: () => false });
  await bindTo(server, manage({ source }))('/');
  expect(execInfos()).toHaveLength(2);
  const { response } = JSON.parse(execInfos()[1] ?? '').spec;
  expect(response?.code).toBe(isTold ? 401 : undefined);
  expect(response?.header['Www-Authenticate']).toEqual(isTold ? ['Bearer'] : undefined);
});

it('B41 W12 follows a redirect to another origin without the token', async () => {
  const other = await startServer();
  const server = await startServer({
    respond: (_, response) =>
      void response.writeHead(302, { location: `${other.url}/there` }).end(),
  });
  const client = axios.create({ baseURL: server.url });
  const manager = manage({ source: tokens() });
  const { unbind } = bindAxios(client, manager, { tls: { ca: server.ca } });
  onTestFinished(unbind);
  expect((await client.get('/')).status).toBe(200);
  expectTokens(server, ['token-1']);
  expectTokens(other, [undefined]);
});

it('B42 refuses a token that cannot stand in a header when it arrives, and not at each request', async () => {
  const { source, runs } = pretend(
    {},
    {
      stdout: JSON.stringify({ kind: 'ExecCredential', apiVersion: v1, status: { token: 'a\nb' } }),
    },
  );
  const server = await startServer();
  const get = bindTo(server, manage({ source }));
  const failures = await Promise.all([1, 2, 3].map(() => failureOf(get('/'))));
  expect(failures.map(({ code }) => code)).toEqual(Array(3).fill('ERR_CREDENTIAL_TOKEN'));
  expect(runs).toHaveLength(1);
  expect(server.requests).toHaveLength(0);
});
