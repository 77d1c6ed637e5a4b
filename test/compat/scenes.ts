import {
  type CredentialManager,
  type CredentialMaterial,
  createCredentialManager,
} from '@keyturn/core';
import {
  createTestAuthority,
  type RecordedRequest,
  startTestApiServer,
  type TestApiServer,
  type TestApiServerOptions,
} from '@keyturn/testkit';
import { expect, it } from 'vitest';

/** Sends one GET through a freshly bound client and resolves with the status of the answer. */
export type Get = (url: string) => Promise<number>;

/** Binds the client under test. It must not retry by itself and must not throw for a status. */
export type BindClient = (
  manager: CredentialManager,
  server: TestApiServer,
) => Promise<{ readonly get: Get; readonly unbind: () => void }>;

interface Scene {
  readonly get: Get;
  readonly manager: CredentialManager;
  readonly server: TestApiServer;
}

/** The promises that must hold with every version of every client. */
export function compatScenes(bindClient: BindClient): void {
  it('sends the token and presents the client certificate', () =>
    play(bindClient, { authorize: () => true }, async ({ get, server }) => {
      expect(await get(`${server.url}/first`)).toBe(200);
      expect(server.requests).toMatchObject([{ token: 'token-1', commonName: 'client-1' }]);
    }));

  it('replays a refused request once, with the next token', () =>
    play(bindClient, { authorize: ({ token }) => token === 'token-2' }, async ({ get, server }) => {
      expect(await get(`${server.url}/replayed`)).toBe(200);
      expect(server.requests.map(({ token, status }) => [token, status])).toEqual([
        ['token-1', 401],
        ['token-2', 200],
      ]);
    }));

  it('passes the refusal on after one replay', () =>
    play(bindClient, { authorize: () => false }, async ({ get, server }) => {
      expect(await get(`${server.url}/refused`)).toBe(401);
      expect(server.requests).toHaveLength(2);
    }));

  keptConnectionScene(bindClient);

  it('presents the new certificate after a rotation', () =>
    play(bindClient, { authorize: () => true }, async ({ get, manager, server }) => {
      await get(`${server.url}/before`);
      await manager.refresh();
      await get(`${server.url}/after`);
      expect(server.requests.map(({ commonName }) => commonName)).toEqual(['client-1', 'client-2']);
    }));
}

/** What clients do of themselves with connections differs most from version to version. */
export function keptConnectionScene(bindClient: BindClient): void {
  it('sends a request again whose kept connection closes under it', async () => {
    let asked = 0;
    const respond: TestApiServerOptions['respond'] = ({ socket }, response) => {
      asked += 1;
      if (asked === 2) socket.destroy();
      else response.end('{}');
    };
    await play(bindClient, { authorize: () => true, respond }, async ({ get, server }) => {
      await get(`${server.url}/kept`);
      // undici takes no connection again before the next turn of the event loop.
      await new Promise(setImmediate);
      expect(await get(`${server.url}/again`)).toBe(200);
      const connections = server.requests.map(({ path, connection }) => [path, connection]);
      expect(connections).toEqual([
        ['/kept', 1],
        ['/again', 1],
        ['/again', 2],
      ]);
    });
  });
}

async function play(
  bindClient: BindClient,
  options: Pick<TestApiServerOptions, 'respond'> & {
    readonly authorize: (request: RecordedRequest) => boolean;
  },
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  const authority = await createTestAuthority();
  const server = await startTestApiServer({ authority, ...options });
  let loads = 0;
  const load = async (): Promise<CredentialMaterial> => {
    loads += 1;
    const commonName = `client-${loads}`;
    return {
      token: `token-${loads}`,
      clientCertificate: await authority.issueClientCertificate({ commonName }),
    };
  };
  const manager = createCredentialManager({ source: { name: 'compat', load } });
  const { get, unbind } = await bindClient(manager, server);
  try {
    await act({ get, manager, server });
  } finally {
    unbind();
    await manager.close();
    await server.close();
  }
}
