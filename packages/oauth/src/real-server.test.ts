/** Against a real authorization server, which rotates refresh tokens and ends a login whose old one comes back. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Credential, createCredentialManager } from '@keyturn/core';
import { sharedSource } from '@keyturn/store';
import { createTestAuthority, memoryStore, testSource } from '@keyturn/testkit';
import { bindFetch } from '@keyturn/undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type AuthorizationServer,
  client,
  clientKey,
  startAuthorizationServer,
} from '../test/authorization-server.js';
import { type OAuthSourceOptions, oauthSource } from './oauth-source.js';
import type { OAuthClientOptions } from './options.js';
import { signedAssertion } from './signed-assertion.js';

let server: AuthorizationServer;
beforeAll(async () => {
  server = await startAuthorizationServer();
});
afterAll(() => server[Symbol.asyncDispose]());

function managerOf(options: OAuthSourceOptions) {
  const manager = createCredentialManager({ source: oauthSource(options) });
  onTestFinished(() => manager.close());
  return manager;
}

const robot = { clientId: client.id, clientSecret: client.secret } as const;
const lastRequest = () => server.tokenRequests.at(-1);
const loginOf = (refreshToken: string): OAuthSourceOptions => ({
  ...{ grant: 'refresh_token', issuer: server.issuer, ...robot, refreshToken },
});

async function temporaryFile(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oauth-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'secret'), text);
  return join(folder, 'secret');
}

describe('a client', () => {
  const cases: [name: string, options: () => Partial<OAuthClientOptions>][] = [
    ['with a secret in the header', () => robot],
    [
      'with a secret in the body',
      () => ({ ...robot, clientId: 'robot-post', clientSecretMethod: 'post' }),
    ],
    [
      'with a key',
      () => ({ clientId: 'robot-key', privateKey: { key: clientKey, keyId: client.keyId } }),
    ],
    [
      'with an assertion that somebody else signs',
      () => ({
        clientId: 'robot-key',
        clientAssertion: signedAssertion({
          ...{ key: clientKey, issuer: 'robot-key', audience: server.issuer },
        }),
      }),
    ],
  ];

  it.each(cases)('is known %s, found by the issuer', async (_, options) => {
    const grant = { grant: 'client_credentials', issuer: server.issuer } as const;
    const manager = managerOf({ ...grant, scope: 'read', ...options() });
    expect((await manager.current()).token).toMatch(/^[\w-]{43}$/);
    expect(lastRequest()?.status).toBe(200);
  });

  it('is known by its token endpoint, with a secret in a file that is read anew', async () => {
    const file = await temporaryFile('an-old-secret');
    const { tokenEndpoint } = server;
    const grant = { grant: 'client_credentials', tokenEndpoint, clientId: client.id } as const;
    const manager = managerOf({ ...grant, clientSecret: { file } });
    await expect(manager.current()).rejects.toMatchObject({
      code: 'ERR_OAUTH_REFUSED',
      message: expect.stringContaining('"invalid_client"'),
    });
    await writeFile(file, `${client.secret}\n`);
    expect((await manager.refresh()).token).toMatch(/./);
  });

  it('is known by the certificate of another manager, and by the one that comes when the server refuses that', async () => {
    const authority = await createTestAuthority();
    await using tlsServer = await startAuthorizationServer(authority);
    const pairs = ['robot-tls', 'somebody', 'robot-tls'];
    const certificates = createCredentialManager({
      source: async () => ({
        clientCertificate: await authority.issueClientCertificate({
          commonName: pairs.shift() ?? '',
        }),
      }),
    });
    onTestFinished(() => certificates.close());
    const { client: fetch, unbind } = bindFetch(globalThis.fetch, certificates, {
      origins: [tlsServer.issuer],
      tls: { ca: authority.certificate },
    });
    onTestFinished(() => unbind());
    const manager = managerOf({
      ...{ grant: 'client_credentials', issuer: tlsServer.issuer },
      ...{ clientId: 'robot-tls', mutualTls: true, fetch },
    });
    await manager.current();
    await certificates.refresh();
    await manager.refresh();
    expect(tlsServer.tokenRequests.map(({ status }) => status)).toEqual([200, 401, 200]);
  });
});

describe('a login', () => {
  it('lives through rotations, each refresh token used once', async () => {
    const login = await server.logIn();
    const before = server.tokenRequests.length;
    const manager = managerOf(loginOf(login));
    const tokens = new Set<unknown>();
    for (let turn = 0; turn < 5; turn += 1) tokens.add((await manager.refresh()).token);
    const requests = server.tokenRequests.slice(before);
    const presented = new Set(requests.map(({ form }) => form.get('refresh_token')));
    expect([tokens.size, presented.size, requests.length]).toEqual([5, 5, 5]);
    expect(requests.every(({ status }) => status === 200)).toBe(true);
  });

  it('survives a second manager of its source, which is told why it gets nothing', async () => {
    const login = await server.logIn();
    const source = oauthSource(loginOf(login));
    const [one, two] = [source, source].map((each) => createCredentialManager({ source: each }));
    onTestFinished(async () => {
      await one?.close();
      await two?.close();
    });
    await one?.current();
    await expect(two?.current()).rejects.toMatchObject({ code: 'ERR_OAUTH_GRANT' });
    await one?.refresh();
    expect(await server.isAlive(login)).toBe(true);
  });

  it('that a used refresh token has ended is asked for no more until refresh()', async () => {
    const login = await server.logIn();
    const [one, thief] = [managerOf(loginOf(login)), managerOf(loginOf(login))];
    await one.current();
    const isReused = { code: 'ERR_OAUTH_GRANT', isFinal: true };
    await expect(thief.current()).rejects.toMatchObject(isReused);
    expect(await server.isAlive(login)).toBe(false);
    await expect(one.refresh()).rejects.toMatchObject(isReused);
    const before = server.tokenRequests.length;
    await expect(thief.current()).rejects.toMatchObject(isReused);
    expect(server.tokenRequests.length).toBe(before);
  });

  it('that has ended is followed by the next one in the same file', async () => {
    const file = await temporaryFile(await server.logIn());
    const robotsLogin = { ...robot, issuer: server.issuer, refreshToken: { file } };
    const manager = managerOf({ grant: 'refresh_token', ...robotsLogin });
    await manager.current();
    await writeFile(file, await server.logIn());
    expect((await manager.refresh()).generation).toBe(2);
    expect(lastRequest()?.status).toBe(200);
  });

  it('is shared by processes that come and go, each refresh token used once', async () => {
    const login = await server.logIn();
    const before = server.tokenRequests.length;
    const store = memoryStore();
    const start = () => {
      const source = sharedSource(oauthSource(loginOf(login)), { store, key: 'ada' });
      return createCredentialManager({ source });
    };
    let processes = Array.from({ length: 5 }, start);
    onTestFinished(async () => {
      await Promise.all(processes.map((each) => each.close()));
    });
    for (let round = 0; round < 4; round += 1) {
      const held = await Promise.all(processes.map((each) => each.current()));
      await Promise.all(processes.map((each, index) => each.invalidate(held[index] as Credential)));
      await processes[round]?.close();
      processes = processes.map((each, index) => (index === round ? start() : each));
    }
    const requests = server.tokenRequests.slice(before);
    const presented = new Set(requests.map(({ form }) => form.get('refresh_token')));
    expect([requests.length, presented.size, await server.isAlive(login)]).toEqual([5, 5, true]);
  });

  it('outlives a program that closes in the middle of a refresh: what it is given is kept for the next one', async () => {
    const login = await server.logIn();
    const before = server.tokenRequests.length;
    const store = memoryStore();
    const start = (send: typeof fetch) => {
      const source = sharedSource(oauthSource({ ...loginOf(login), fetch: send }), {
        ...{ store, key: 'grace' },
      });
      const manager = createCredentialManager({ source });
      onTestFinished(() => manager.close());
      return manager;
    };
    const closing = start(async (url, init) => {
      const answer = await fetch(url, init);
      if (init?.method === 'POST') await closing.close();
      return answer;
    });
    await expect(closing.current()).rejects.toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
    await start(fetch).current();
    expect([server.tokenRequests.length - before, await server.isAlive(login)]).toEqual([1, true]);
  });

  it('gives an ID token to those who want that, with its expiry', async () => {
    const manager = managerOf({ ...loginOf(await server.logIn()), useToken: 'id_token' });
    const { token = '', expiresAt = 0 } = await manager.current();
    const [, payload = ''] = token.split('.');
    const { sub, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect([sub, expiresAt]).toEqual(['ada', exp * 1_000]);
  });
});

describe('a token of somebody else’s', () => {
  it('is exchanged, and what is not believed is refused', async () => {
    const subject = { value: server.vouchFor('pod', server.issuer) };
    const file = await temporaryFile(subject.value);
    const manager = managerOf({
      ...{ grant: 'token_exchange', issuer: server.issuer, ...robot },
      ...{ subjectToken: { file }, subjectTokenType: 'jwt', audience: 'orders' },
    });
    await manager.current();
    await writeFile(file, `${subject.value}x`);
    await expect(manager.refresh()).rejects.toMatchObject({ code: 'ERR_OAUTH_GRANT' });
  });

  it('is an assertion', async () => {
    const assertion = server.vouchFor('pod', server.issuer);
    await managerOf({
      ...{ grant: 'jwt_bearer', issuer: server.issuer, ...robot, assertion },
    }).current();
    expect(lastRequest()?.status).toBe(200);
  });
});

const broken: RequestListener = (_request, response) => {
  response.writeHead(500, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: 'server_error', error_description: client.secret }));
};

for (const grant of ['client_credentials', 'refresh_token'] as const) {
  testSource({
    test: it,
    name: `oauthSource by ${grant}`,
    make: async () => {
      const intercept = (answer?: RequestListener): void =>
        server.intercept(
          answer &&
            ((request, response) => {
              answer(request as never, response as never);
              return true;
            }),
        );
      const login = grant === 'refresh_token' ? await server.logIn() : undefined;
      const common = { issuer: server.issuer, ...robot };
      return {
        source:
          login === undefined
            ? oauthSource({ grant: 'client_credentials', ...common })
            : oauthSource({ grant: 'refresh_token', refreshToken: login, ...common }),
        secrets: [client.secret, ...(login === undefined ? [] : [login])],
        fail: () => intercept(broken),
        mend: () => intercept(),
        stall: () => intercept(() => {}),
        dispose: () => intercept(),
      };
    },
  });
}

it('reaches nobody where nobody listens, and says so', async () => {
  const gone = await startAuthorizationServer();
  await gone[Symbol.asyncDispose]();
  const { port } = new URL(gone.issuer);
  const manager = managerOf({
    ...{ grant: 'client_credentials', tokenEndpoint: `http://127.0.0.1:${port}/token`, ...robot },
  });
  await expect(manager.current()).rejects.toMatchObject({
    code: 'ERR_OAUTH_REQUEST',
    message: `"http://127.0.0.1:${port}/token" could not be reached (ECONNREFUSED, connect 127.0.0.1:${port}).`,
  });
});
