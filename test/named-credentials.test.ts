import { axiosClientToken, axiosModule } from '@keyturn/axios';
import { staticSource } from '@keyturn/core';
import {
  Container,
  ContainerModule,
  type CredentialModuleOptions,
  credentialModule,
  credentialTokens,
  tokens,
} from '@keyturn/core/container';
import { gotClientToken, gotModule } from '@keyturn/got';
import { httpsClientToken, httpsModule } from '@keyturn/https';
import { manualClock } from '@keyturn/testkit';
import { fetchClientToken, fetchModule } from '@keyturn/undici';
import type { AxiosInstance } from 'axios';
import type { Got } from 'got';
import { describe, expect, it } from 'vitest';
import { startServer, tokensOf } from './scenes/stage.js';

interface Names {
  readonly name?: string;
  readonly credential?: string;
}

interface Adapter {
  readonly module: (names: Names, origin: string) => ContainerModule;
  readonly send: (container: Container, name: string | undefined, url: string) => Promise<unknown>;
}

const adapters: Readonly<Record<string, Adapter>> = {
  axios: {
    module: (names, baseURL) => axiosModule({ ...names, baseURL }),
    send: (container, name, url) =>
      container.get(axiosClientToken<AxiosInstance>(name)).get(`${url}/`),
  },
  got: {
    module: (names, prefixUrl) => gotModule({ ...names, prefixUrl }),
    send: async (container, name) => await container.get(gotClientToken<Got>(name)).get(''),
  },
  https: {
    module: (names, origin) => httpsModule({ ...names, origins: [origin] }),
    send: async (container, name, url) =>
      (await container.get(httpsClientToken(name)).get(url)).resume(),
  },
  fetch: {
    module: (names, origin) => fetchModule({ ...names, origins: [origin] }),
    send: async (container, name, url) =>
      (await container.get(fetchClientToken(name))(url)).arrayBuffer(),
  },
};

/** A credential whose token is its name. */
function credentialOf(name?: string, more: Partial<CredentialModuleOptions> = {}): ContainerModule {
  const source = staticSource({ token: name ?? 'unnamed' });
  return credentialModule({ source, ...(name !== undefined && { name }), ...more });
}

describe.each(Object.entries(adapters))('a client of %sModule', (_, { module, send }) => {
  it('carries the credential that its module names', async () => {
    const server = await startServer({ plainHttp: true });
    const container = new Container();
    container.load(module({ name: 'second', credential: 'b' }, server.url));
    container.load(credentialOf('a'), credentialOf(), credentialOf('b'));
    container.load(module({ name: 'first', credential: 'a' }, server.url));
    container.load(module({}, server.url));
    for (const name of ['second', 'first', undefined]) await send(container, name, server.url);
    expect(tokensOf(server)).toEqual(['b', 'a', 'unnamed']);
    for (const { unbind } of container.getAll(tokens.binding)) unbind();
    await send(container, 'first', server.url);
    expect(tokensOf(server).at(-1)).toBeUndefined();
  });

  it('is refused a name that another client of the container has', () => {
    const container = new Container();
    container.load(credentialOf(), module({ name: 'api' }, 'https://a.example'));
    expect(() => container.load(module({ name: 'api' }, 'https://b.example'))).toThrow(
      /client:\w+:api.*another name/,
    );
  });
});

describe('credentials of one container', () => {
  it('share no part: a module replaces the clock of the one that it names', async () => {
    const container = new Container();
    const clock = manualClock(Date.now());
    container.load(
      credentialOf('a'),
      credentialOf('b'),
      new ContainerModule(({ rebind }) => {
        rebind(credentialTokens('b').clock).toConstantValue(clock);
      }),
    );
    const [a, b] = ['a', 'b'].map((name) => container.get(credentialTokens(name).clock));
    expect(b).toBe(clock);
    expect(a).not.toBe(clock);
    const managers = ['a', 'b'].map((name) => container.get(credentialTokens(name).manager));
    await Promise.all(managers.map((manager) => manager.current()));
    expect(managers.map((manager) => manager.peek()?.token)).toEqual(['a', 'b']);
    await managers[0]?.close();
    expect(managers[1]?.peek()?.token).toBe('b');
  });

  it.each([undefined, 'prod'])('have one with the name %s, and no second', (name) => {
    const container = new Container();
    container.load(credentialOf(name));
    expect(() => container.load(credentialOf(name))).toThrow(
      `This container has a credential called "${name ?? 'default'}" already. Give the second one another name, or a container of its own.`,
    );
  });

  it('have one without a name, which is called default', () => {
    const container = new Container();
    container.load(credentialOf('default'));
    expect(container.get(tokens.manager)).toBe(container.get(credentialTokens('default').manager));
  });

  it.each(['', 5, null, {}])('are not called %j', (name) => {
    const source = staticSource({ token: 'x' });
    expect(() => credentialModule({ source, name: name as never })).toThrow(/^A name/);
    expect(() => axiosClientToken(name as never)).toThrow(/^A name/);
    expect(() => axiosModule({ baseURL: 'https://a.example', credential: name as never })).toThrow(
      /^A name/,
    );
  });

  it('are told when a client names one that is not there', () => {
    const container = new Container();
    container.load(
      credentialOf('prod'),
      axiosModule({ baseURL: 'https://a.example', credential: 'prdo' }),
    );
    expect(() => container.get(axiosClientToken())).toThrow(/manager:prdo/);
  });

  it('have names in modules only: createCredentialManager makes one', async () => {
    const { createCredentialManager } = await import('@keyturn/core');
    const source = staticSource({ token: 'x' });
    expect(() => createCredentialManager({ source, name: 'prod' } as never)).toThrow(
      'createCredentialManager has no option "name". It takes "source", "refreshWindowMs", "clockSkewMs", "refusalLimit", "giveUpAfter", "clock", "modules".',
    );
  });
});
