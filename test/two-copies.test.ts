import { once } from 'node:events';
import { get } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { bindAxios } from '@keyturn/axios';
import * as core from '@keyturn/core';
import * as container from '@keyturn/core/container';
import { type ExecConfig, execSource } from '@keyturn/core/exec';
import { bindHttps, CredentialAgent, isCredentialAgent, SecretHeader } from '@keyturn/https';
import { startTestApiServer, type TestApiServer } from '@keyturn/testkit';
import { bindFetch } from '@keyturn/undici';
import axios from 'axios';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './source-files.js';

// Jest, bundlers and two versions of one package give a program two copies: here the CommonJS build is the other one.
const load = createRequire(import.meta.url);
const copyOf = <T>(path: string): T => load(join(root, 'packages', path)) as T;
const other = copyOf<typeof core>('core/dist/index.cjs');
const otherContainer = copyOf<typeof container>('core/dist/container/index.cjs');
const otherAxios = copyOf<{ bindAxios: typeof bindAxios }>('axios/dist/index.cjs');
const otherHttps = copyOf<{ CredentialAgent: typeof CredentialAgent }>('https/dist/index.cjs');

/** A source that gives a token which is refused, and then one that is not. */
const rotating = (): core.CredentialSource => {
  let loads = 0;
  return { name: 'rotating', load: async () => ({ token: `token-${++loads}` }) };
};

let server: TestApiServer;
let clientCertificate: core.ClientCertificate;
beforeAll(async () => {
  server = await startTestApiServer({ authorize: ({ token }) => token === 'token-2' });
  clientCertificate = await server.authority.issueClientCertificate({ commonName: 'us' });
});
afterAll(() => server.close());

it('These are two copies, so the tests below can tell', () => {
  expect(other.CredentialError).not.toBe(core.CredentialError);
  expect(otherHttps.CredentialAgent).not.toBe(CredentialAgent);
});

describe('a manager of one copy', () => {
  it.each([
    ['ours', core.createCredentialManager, otherAxios.bindAxios],
    ['the other', other.createCredentialManager, bindAxios],
  ])('(%s) replays a refusal in a binding of the other', async (_, create, bind) => {
    await using credentials = create({ source: rotating() });
    const tls = { ca: server.ca };
    const { client } = bind(axios.create({ baseURL: server.url }), credentials, { tls });
    expect((await client.get('/')).status).toBe(200);
    expect(credentials.stats().rotations).toBe(1);
  });

  it('serves fetch and node:https alike', async () => {
    await using credentials = other.createCredentialManager({ source: rotating() });
    const options = { origins: [server.url], tls: { ca: server.ca } };
    const https = bindHttps(credentials, options);
    const bound = bindFetch(fetch, credentials, options);
    const answer = await https.client.request(server.url);
    expect(answer.resume().statusCode).toBe(200);
    expect((await bound.client(server.url)).status).toBe(200);
    for (const binding of [https, bound]) binding.unbind();
  });

  it('fails with an error that is known by its brand', async () => {
    const source = other.firstOf({
      name: 'broken',
      load: () => Promise.reject(new other.CredentialError('ERR_EXEC_EXIT', 'It failed.')),
    });
    await using credentials = core.createCredentialManager({ source });
    const error: unknown = await credentials.current().catch((reason: unknown) => reason);
    expect(core.isCredentialError(error) && other.isCredentialError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'ERR_SOURCES_EXHAUSTED' });
  });
});

it('An error of one copy, from a runner of plugins, is known in the source of the other', async () => {
  const run = () => Promise.reject(new other.CredentialError('ERR_EXEC_NOT_FOUND', 'Not there.'));
  const apiVersion = 'client.authentication.k8s.io/v1';
  const config = { command: 'node', apiVersion, interactiveMode: 'Never', installHint: 'Get it.' };
  await using credentials = core.createCredentialManager({
    source: execSource(config as ExecConfig, { run }),
  });
  await expect(credentials.current()).rejects.toThrow(/Not there\..*Get it\./s);
});

it('A request that was bound in one copy and is sent again after unbind() is bound in the other', async () => {
  await using credentials = core.createCredentialManager({
    source: { name: 'certificate', load: async () => ({ token: 'token-2', clientCertificate }) },
  });
  const client = axios.create({ baseURL: server.url });
  const tls = { ca: server.ca };
  const first = otherAxios.bindAxios(client, credentials, { tls });
  let kept = {};
  // What a plug-in for retries keeps: the configuration that the transport got, with the agent of the first binding.
  client.interceptors.response.use((answer) => {
    kept = answer.config;
    return answer;
  });
  await first.client.get('/first');
  first.unbind();
  const second = bindAxios(client, credentials, { tls });
  await second.client.request(kept);
  second.unbind();
  expect(server.requests.slice(-2).map(({ commonName }) => commonName)).toEqual(['us', 'us']);
});

it('A module of one copy is loaded by a container of the other', async () => {
  const own = new container.Container();
  own.load(otherContainer.credentialModule({ source: core.staticSource({ token: 'abc' }) }));
  const credentials = own.get(container.tokens.manager);
  expect((await credentials.current()).token).toBe('abc');
  await credentials.close();
});

it('A secret header of one copy is kept out of sight by an agent of the other', async () => {
  const credentials = core.createCredentialManager({ source: core.staticSource({ token: 'abc' }) });
  const options = { origins: [server.url], tls: { ca: server.ca } };
  const agent = new otherHttps.CredentialAgent(credentials, options);
  const headers = { authorization: new SecretHeader('Bearer token-2') as unknown as string };
  const request = get(server.url, { agent, headers });
  const [answer] = await once(request, 'response');
  expect(answer.resume().statusCode).toBe(200);
  expect(inspect(request, { depth: 9, showHidden: true })).not.toContain('token-2');
  agent.destroy();
});

it('An agent of one copy is known in the other', () => {
  const credentials = core.createCredentialManager({ source: core.staticSource({ token: 'abc' }) });
  const agent = new otherHttps.CredentialAgent(credentials, { origins: [server.url] });
  expect(isCredentialAgent(agent)).toBe(true);
  expect(isCredentialAgent(axios)).toBe(false);
  agent.destroy();
});
