import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { createCredentialManager, createCredentialRegistry } from '@keyturn/core';
import {
  createTestAuthority,
  execCredential,
  polluted,
  type ScriptedPlugin,
  scriptedPlugin,
  startTestApiServer,
  startTestProxy,
  type TestApiServer,
  type TestApiServerOptions,
} from '@keyturn/testkit';
import { fetch } from 'undici';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type BindKubeConfigOptions, bindKubeConfig } from './bind-kube-config.js';
import type {
  ClusterLike,
  HttpsOptionsLike,
  KubeConfigLike,
  RequestContextLike,
  UserLike,
} from './kube-config-shape.js';

/** As @kubernetes/client-node has it, as far as it is bound; test:client-node binds the real ones. */
class StandIn implements KubeConfigLike {
  current = 'one';
  readonly contexts: Record<string, { cluster: ClusterLike | null; user: UserLike | null }>;

  constructor(cluster: ClusterLike | null, user: UserLike | null) {
    this.contexts = { one: { cluster, user } };
  }

  getCurrentContext(): string {
    return this.current;
  }

  getCurrentCluster(): ClusterLike | null {
    return this.contexts[this.current]?.cluster ?? null;
  }

  getCurrentUser(): UserLike | null {
    return this.contexts[this.current]?.user ?? null;
  }

  async applyToHTTPSOptions(options: HttpsOptionsLike): Promise<void> {
    options.agent = 'its own';
  }

  async applySecurityAuthentication(request: RequestContextLike): Promise<void> {
    request.setAgent?.('its own');
  }
}

class StandInOfVersion2 extends StandIn {
  createDispatcher(): void {}
}

type Answer = { readonly status: number; readonly body: string };

/** What Watch, Log and the WebSockets of version 1 do. */
async function ask(kubeConfig: KubeConfigLike, url: string): Promise<Answer> {
  return get(url, await optionsOf(kubeConfig));
}

async function optionsOf(kubeConfig: KubeConfigLike): Promise<HttpsOptionsLike> {
  const options: HttpsOptionsLike = {};
  await (kubeConfig as StandIn).applyToHTTPSOptions(options);
  return options;
}

async function get(url: string, options: HttpsOptionsLike): Promise<Answer> {
  const [response] = await once(https.get(url, options as https.RequestOptions), 'response');
  const { statusCode = 0 } = response as IncomingMessage;
  return { status: statusCode, body: await text(response as IncomingMessage) };
}

/** What version 2 does. */
async function post(kubeConfig: KubeConfigLike, url: string, body: string): Promise<Answer> {
  return send(url, body, await dispatcherOf(kubeConfig));
}

async function dispatcherOf(kubeConfig: KubeConfigLike): Promise<unknown> {
  let dispatcher: unknown;
  await (kubeConfig as StandIn).applySecurityAuthentication({
    setDispatcher: (given) => {
      dispatcher = given;
    },
  });
  return dispatcher;
}

async function send(url: string, body: string, dispatcher: unknown): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body, dispatcher: dispatcher as never });
  return { status: response.status, body: await response.text() };
}

const authority = createTestAuthority();
const base64 = (pem: string): string => Buffer.from(pem).toString('base64');

async function startServer(options: TestApiServerOptions = {}): Promise<TestApiServer> {
  const server = await startTestApiServer({ authority: await authority, ...options });
  onTestFinished(() => server.close());
  return server;
}

const clusterOf = ({ url, ca }: TestApiServer, more: Partial<ClusterLike> = {}): ClusterLike => ({
  name: 'c',
  server: url,
  caData: base64(ca),
  ...more,
});

async function startPlugin(...tokens: string[]): Promise<ScriptedPlugin> {
  const plugin = await scriptedPlugin(
    tokens.map((token) => ({ stdout: execCredential({ token }) })),
  );
  onTestFinished(() => plugin.dispose());
  return plugin;
}

function bind(kubeConfig: KubeConfigLike, options?: BindKubeConfigOptions) {
  const binding = bindKubeConfig(kubeConfig, options);
  onTestFinished(() => binding.unbind());
  return binding;
}

const tokensOf = ({ requests }: TestApiServer) => requests.map(({ token }) => token);

describe('a KubeConfig that is bound', () => {
  it('runs the plugin of its user once for all who ask, and keeps its connections', async () => {
    const server = await startServer();
    const plugin = await startPlugin('t1');
    const kubeConfig = new StandIn(clusterOf(server), { name: 'u', exec: plugin.config });
    bind(kubeConfig);
    await Promise.all(Array.from({ length: 20 }, () => ask(kubeConfig, server.url)));
    const { opened } = server.connections;
    for (let count = 0; count < 5; count += 1) await ask(kubeConfig, server.url);
    expect([plugin.runs(), server.connections.opened - opened]).toEqual([1, 0]);
    expect(new Set(tokensOf(server))).toEqual(new Set(['t1']));
  });

  it.each<[string, (kubeConfig: KubeConfigLike, url: string) => Promise<Answer>]>([
    ['through the agent', ask],
    ['through the dispatcher, with its body', (kubeConfig, url) => post(kubeConfig, url, 'body')],
  ])('sends what is refused once more, %s', async (_, send) => {
    const server = await startServer({ authorize: ({ token }) => token === 't2' });
    const plugin = await startPlugin('t1', 't2');
    const kubeConfig = new StandInOfVersion2(clusterOf(server), { name: 'u', exec: plugin.config });
    bind(kubeConfig);
    expect((await send(kubeConfig, server.url)).status).toBe(200);
    expect(tokensOf(server)).toEqual(['t1', 't2']);
    const [first, second] = server.requests;
    expect(second?.body).toEqual(first?.body);
  });

  it('fails a call with what the plugin failed with', async () => {
    const server = await startServer();
    const plugin = await scriptedPlugin({ exitCode: 3 });
    onTestFinished(() => plugin.dispose());
    const kubeConfig = new StandIn(clusterOf(server), { name: 'u', exec: plugin.config });
    bind(kubeConfig);
    const failure = { code: 'ERR_EXEC_EXIT' };
    await expect(kubeConfig.applyToHTTPSOptions({})).rejects.toMatchObject(failure);
    await expect(kubeConfig.applySecurityAuthentication({})).rejects.toMatchObject(failure);
    expect(server.requests).toEqual([]);
  });

  it('has no token and no key in what it applies, or in itself', async () => {
    const server = await startServer();
    const plugin = await startPlugin('s3cret-t1');
    const kubeConfig = new StandIn(clusterOf(server), { name: 'u', exec: plugin.config });
    const binding = bind(kubeConfig);
    const options: HttpsOptionsLike = {};
    await kubeConfig.applyToHTTPSOptions(options);
    expect(options.headers).toEqual({});
    const shown = inspect([options, kubeConfig, binding], { depth: 12, showHidden: true });
    expect(shown + JSON.stringify([options.headers, kubeConfig, binding])).not.toContain('s3cret');
  });

  it('goes nowhere but to its server with its credentials', async () => {
    const [server, elsewhere] = [await startServer(), await startServer()];
    const kubeConfig = new StandIn(clusterOf(server), { name: 'u', token: 'mine' });
    bind(kubeConfig);
    await ask(kubeConfig, elsewhere.url);
    await post(kubeConfig, elsewhere.url, '');
    expect(tokensOf(elsewhere)).toEqual([undefined, undefined]);
  });

  it('follows the current context, and a user that is changed', async () => {
    const [one, two] = [await startServer(), await startServer()];
    const user = { name: 'u', token: 'first' };
    const kubeConfig = new StandIn(clusterOf(one), user);
    kubeConfig.contexts['two'] = { cluster: clusterOf(two), user: { name: 'v', token: 'other' } };
    const binding = bind(kubeConfig);
    await ask(kubeConfig, one.url);
    user.token = 'second';
    await ask(kubeConfig, one.url);
    kubeConfig.current = 'two';
    await ask(kubeConfig, two.url);
    expect([tokensOf(one), tokensOf(two)]).toEqual([['first', 'second'], ['other']]);
    expect(binding.credentials.peek()).toMatchObject({ token: 'other' });
    await expect.poll(() => one.connections.open).toBe(1);
    binding.unbind();
    await expect.poll(() => one.connections.open + two.connections.open).toBe(0);
  });

  it('follows a value that becomes that of another field, and keeps what is loaded anew as it was', async () => {
    const server = await startServer();
    const kubeConfig = new StandIn(clusterOf(server), { name: 'u', token: 'word' });
    const binding = bind(kubeConfig);
    const { credentials } = binding;
    kubeConfig.contexts['one'] = { cluster: clusterOf(server), user: { name: 'u', token: 'word' } };
    expect(binding.credentials).toBe(credentials);
    kubeConfig.contexts['one'].user = { name: 'u', username: 'word' };
    await ask(kubeConfig, server.url);
    expect(server.requests[0]?.headers.authorization).toMatch(/^Basic /);
  });

  it('goes by the options of the binding and by those of the plugin', async () => {
    const server = await startServer({
      respond: ({ headers }, response) =>
        response.writeHead(headers.authorization === 'Bearer t1' ? 403 : 200).end(),
    });
    const statusWith = async (options: BindKubeConfigOptions): Promise<number> => {
      const { config } = await startPlugin('t1', 't2');
      const kubeConfig = new StandIn(clusterOf(server), { name: 'u', exec: config });
      bind(kubeConfig, options);
      return (await ask(kubeConfig, server.url)).status;
    };
    expect(await statusWith({})).toBe(403);
    expect(await statusWith({ refusedStatuses: [403] })).toBe(200);
    expect(await statusWith({ refusedStatuses: [403], replay: false })).toBe(403);
    const denied = statusWith({ exec: { pluginPolicy: { policyType: 'DenyAll' } } });
    await expect(denied).rejects.toMatchObject({ code: 'ERR_EXEC_POLICY' });
  });

  it('shares a run with others of a registry, and between its own contexts without one', async () => {
    const server = await startServer();
    const plugin = await startPlugin('t1', 't2');
    const user = { name: 'u', exec: plugin.config };
    const several = new StandIn(clusterOf(server), user);
    several.contexts['two'] = { cluster: clusterOf(server), user: { ...user } };
    bind(several);
    await ask(several, server.url);
    several.current = 'two';
    await ask(several, server.url);
    expect(plugin.runs()).toBe(1);
    await using registry = createCredentialRegistry();
    for (let count = 0; count < 20; count += 1) {
      const kubeConfig = new StandIn(clusterOf(server), { ...user });
      bind(kubeConfig, { registry });
      await ask(kubeConfig, server.url);
    }
    expect([plugin.runs(), registry.size]).toEqual([2, 1]);
  });

  it('is as it was after unbind(), and its credentials are closed', async () => {
    const server = await startServer();
    const kubeConfig = new StandIn(clusterOf(server), { name: 'u', token: 'mine' });
    const before = Object.getOwnPropertyNames(kubeConfig);
    const binding = bindKubeConfig(kubeConfig);
    const { credentials, unbind } = binding;
    await ask(kubeConfig, server.url);
    await post(kubeConfig, server.url, '');
    expect(server.connections.open).toBe(2);
    unbind();
    unbind();
    kubeConfig.contexts['one'] = { cluster: null, user: null };
    expect(binding.credentials).toBe(credentials);
    expect(Object.getOwnPropertyNames(kubeConfig)).toEqual(before);
    const options: HttpsOptionsLike = {};
    await kubeConfig.applyToHTTPSOptions(options);
    expect(options.agent).toBe('its own');
    await expect(credentials.current()).rejects.toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
    await expect.poll(() => server.connections.open).toBe(0);
  });

  it('has nobody go with its credentials any more who was about to when it was unbound', async () => {
    const server = await startServer();
    const kubeConfig = new StandIn(clusterOf(server), { name: 'u', token: 'mine' });
    const binding = bind(kubeConfig);
    const options = await optionsOf(kubeConfig);
    const dispatcher = await dispatcherOf(kubeConfig);
    binding.unbind();
    expect(await get(server.url, options)).toMatchObject({ status: 200 });
    expect(await send(server.url, '', dispatcher)).toMatchObject({ status: 200 });
    expect(tokensOf(server)).toEqual([undefined, undefined]);
  });

  it('keeps what somebody else has put around it, which gets what was there after unbind()', async () => {
    const server = await startServer();
    const kubeConfig = new StandIn(clusterOf(server), { name: 'u', token: 'mine' });
    const { unbind } = bindKubeConfig(kubeConfig);
    const bound = kubeConfig.applyToHTTPSOptions;
    kubeConfig.applyToHTTPSOptions = (options) => bound.call(kubeConfig, options);
    unbind();
    const options: HttpsOptionsLike = {};
    await kubeConfig.applyToHTTPSOptions(options);
    expect(options.agent).toBe('its own');
  });
});

describe('the cluster of a KubeConfig', () => {
  const askWith = async (cluster: Partial<ClusterLike>): Promise<Answer> => {
    const server = await startServer();
    const kubeConfig = new StandIn(clusterOf(server, cluster), { name: 'u', token: 'mine' });
    bind(kubeConfig);
    return ask(kubeConfig, server.url);
  };

  it('has a proxy', async () => {
    await using proxy = await startTestProxy();
    expect(await askWith({ proxyUrl: proxy.url })).toMatchObject({ status: 200 });
    expect(proxy.tunnels).toHaveLength(1);
  });

  it('has a name of its own in its certificate', async () => {
    const wrong = askWith({ tlsServerName: 'elsewhere.example' });
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('is believed without an authority where it says so', async () => {
    await expect(askWith({ caData: undefined })).rejects.toThrow();
    const unchecked = { caData: undefined, skipTLSVerify: true };
    expect(await askWith(unchecked)).toMatchObject({ status: 200 });
  });
});

describe('the user of a KubeConfig', () => {
  let server: TestApiServer;
  beforeAll(async () => {
    server = await startTestApiServer({ authority: await authority });
    return () => server.close();
  });

  const seenOf = async (user: Omit<UserLike, 'name'>, cluster: Partial<ClusterLike> = {}) => {
    const kubeConfig = new StandIn(clusterOf(server, cluster), { name: 'u', ...user });
    bind(kubeConfig, { anonymous: true });
    expect(await ask(kubeConfig, server.url)).toMatchObject({ status: 200 });
    return server.requests.at(-1);
  };

  const inFile = async (name: string, content: string): Promise<string> => {
    const file = path.join(tmpdir(), `keyturn-bind-${process.pid}-${name}`);
    await writeFile(file, content);
    onTestFinished(() => rm(file));
    return file;
  };

  it('has a token, also in a file of a pod', async () => {
    expect(await seenOf({ token: 'mine' })).toMatchObject({ token: 'mine' });
    const tokenFile = await inFile('token', 'of a pod\n'.replaceAll(' ', '-'));
    const authProvider = { name: 'tokenFile', config: { tokenFile } };
    const caFile = await inFile('ca', server.ca);
    expect(await seenOf({ authProvider }, { caData: undefined, caFile })).toMatchObject({
      token: 'of-a-pod',
    });
  });

  it('has a certificate, in itself or in files', async () => {
    const { certificate, privateKey } = await (await authority).issueClientCertificate({
      commonName: 'me',
    });
    const held = { certData: base64(certificate), keyData: base64(privateKey) };
    expect(await seenOf(held)).toMatchObject({ commonName: 'me' });
    const certFile = await inFile('cert', certificate);
    const keyFile = await inFile('key', privateKey);
    expect(await seenOf({ certFile, keyFile })).toMatchObject({ commonName: 'me' });
  });

  it('has a name and a password, and acts as somebody', async () => {
    const seen = await seenOf({ username: 'me', password: 'pw', impersonateUser: 'you' });
    expect(seen?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('me:pw').toString('base64')}`,
      'impersonate-user': 'you',
    });
  });

  it('has the plugin of an old kubeconfig', async () => {
    const plugin = await startPlugin('old');
    const authProvider = { name: 'exec', config: { exec: plugin.config } };
    expect(await seenOf({ authProvider })).toMatchObject({ token: 'old' });
  });

  it.each([
    ['caFile', '/gone'],
    ['proxyUrl', 'http://elsewhere.example'],
    ['tlsServerName', 'elsewhere.example'],
    ['exec', { command: 'elsewhere' }],
    ['token', 'of-the-prototype'],
    ['authProvider', { name: 'oidc', config: { tokenFile: '/gone' } }],
    ['tokenFile', '/gone'],
  ])('has no "%s" from Object.prototype', async (name, value) => {
    const user = { name: 'u', username: 'me', impersonateUser: 'you' };
    const kubeConfig = new StandIn(clusterOf(server), user);
    polluted({ [name]: value }, () => bind(kubeConfig));
    expect(await ask(kubeConfig, server.url)).toMatchObject({ status: 200 });
    expect(server.requests.at(-1)?.headers).toMatchObject({
      authorization: expect.stringMatching(/^Basic /),
    });
  });

  it('is nobody where that is said', async () => {
    expect((await seenOf({}))?.token).toBeUndefined();
  });
});

describe('bindKubeConfig refuses', () => {
  const cluster: ClusterLike = { name: 'c', server: 'https://api.example' };
  const user: UserLike = { name: 'u', token: 'mine' };

  it.each<[string, ClusterLike | null, UserLike | null, string, RegExp]>([
    [
      'a way to log in that is gone',
      cluster,
      { name: 'u', authProvider: { name: 'oidc', config: {} } },
      'ERR_KUBECONFIG_UNSUPPORTED',
      /"auth-provider" of user "u" in the KubeConfig \(context "one"\) is "oidc".*oidc-login/,
    ],
    [
      'a user without credentials',
      cluster,
      { name: 'u' },
      'ERR_KUBECONFIG_FIELD',
      /anonymous: true/,
    ],
    [
      'a context without a user',
      cluster,
      null,
      'ERR_KUBECONFIG_CONTEXT',
      /no current context with a user/,
    ],
    ['a KubeConfig that is empty', null, null, 'ERR_KUBECONFIG_CONTEXT', /with a cluster/],
    [
      'plain http',
      { ...cluster, server: 'http://127.0.0.1:8001' },
      user,
      'ERR_KUBECONFIG_UNSUPPORTED',
      /plain http/,
    ],
    [
      'an authority that is not there',
      { ...cluster, caFile: '/gone' },
      user,
      'ERR_TRUST_READ',
      /gone/,
    ],
  ])('%s, and leaves the KubeConfig as it is', (_, itsCluster, itsUser, code, message) => {
    const kubeConfig = new StandIn(itsCluster, itsUser);
    const before = Object.getOwnPropertyNames(kubeConfig);
    expect(() => bindKubeConfig(kubeConfig)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
    expect(Object.getOwnPropertyNames(kubeConfig)).toEqual(before);
  });

  it('one that is bound already', () => {
    const kubeConfig = new StandIn(cluster, user);
    bind(kubeConfig);
    expect(() => bindKubeConfig(kubeConfig)).toThrow(/bound already/);
  });

  it.each<[string, unknown, object, RegExp]>([
    ['what is no KubeConfig', {}, {}, /takes a KubeConfig/],
    ['an option that the kubeconfig says', undefined, { tls: {} }, /"tls"/],
    ['a registry that is none', undefined, { registry: {} }, /"registry"/],
    ['a limit of no length', undefined, { exec: { timeoutMs: 0 } }, /timeoutMs/],
    [
      'a manager, for it makes one of its own',
      undefined,
      createCredentialManager({ source: async () => ({ token: 't' }) }),
      /options, not a credential manager/,
    ],
    ['a word for a flag', undefined, { anonymous: 'true' }, /"anonymous"/],
    ['an unknown option', undefined, { context: 'x' }, /no option "context"/],
  ])('%s', (_, kubeConfig = new StandIn(cluster, user), options, message) => {
    expect(() => bindKubeConfig(kubeConfig as KubeConfigLike, options)).toThrow(message);
    expect(() => bindKubeConfig(kubeConfig as KubeConfigLike, options)).toThrow(TypeError);
  });
});
