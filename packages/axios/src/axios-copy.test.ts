import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { createCredentialManager } from '@keyturn/core';
import ours, { type AxiosInstance, type AxiosStatic } from 'axios';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { numberedSource, startServer } from '../../https/test/scene.js';
import { bindAxios } from './index.js';

const load = createRequire(import.meta.url);
const installed = dirname(load.resolve('axios/package.json'));
const folder = mkdtempSync(join(tmpdir(), 'keyturn-axios-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Installs axios once more, under a version of its own, as a package manager does for somebody who wants another one. */
async function installAnother(): Promise<AxiosStatic> {
  const modules = join(folder, 'node_modules');
  for (const part of ['lib', 'index.js', 'package.json']) {
    cpSync(join(installed, part), join(modules, 'axios', part), { recursive: true });
  }
  for (const name of ['follow-redirects', 'form-data', 'proxy-from-env', 'https-proxy-agent']) {
    symlinkSync(join(dirname(installed), name), join(modules, name));
  }
  const version = join(modules, 'axios', 'lib', 'env', 'data.js');
  writeFileSync(version, readFileSync(version, 'utf8').replace(/"[^"]+"/, '"1.21.1-another"'));
  return (await import(pathToFileURL(join(modules, 'axios', 'index.js')).href)).default;
}

let another: AxiosStatic;
beforeAll(async () => {
  another = await installAnother();
});

const clients: readonly (readonly [string, () => AxiosStatic, boolean])[] = [
  ['made by a copy in another folder', () => another, true],
  ['that is such a copy itself', () => another, false],
  ['made by the CommonJS copy', () => load('axios') as AxiosStatic, true],
];

describe.each(clients)('a client %s', (_, copy, isMade) => {
  async function setStage(respond?: Parameters<typeof startServer>[0]) {
    const server = await startServer(respond);
    const manager = createCredentialManager({ source: numberedSource('both') });
    const axios = copy();
    const client = isMade ? axios.create({ baseURL: server.url }) : axios;
    const binding = bindAxios(client as AxiosInstance, manager, {
      origins: [server.url],
      tls: { ca: server.ca },
    });
    onTestFinished(async () => {
      binding.unbind();
      for (const { clear } of [client.interceptors.request])
        clear.call(client.interceptors.request);
      await manager.close();
      await server.close();
    });
    return { axios, server, manager, client: binding.client };
  }

  it('is another one than that of this package', () => {
    expect(copy().AxiosError).not.toBe(ours.AxiosError);
  });

  it('sends with its own copy, whole and once transformed, under token and certificate', async () => {
    const { server, axios, client } = await setStage({
      authorize: ({ token }) => token !== 'token-1',
    });
    let transformed = 0;
    const transformResponse = (text: string): unknown => {
      transformed += 1;
      return JSON.parse(text);
    };
    const { data, config } = await client.post(server.url, { some: 'text' }, { transformResponse });
    expect(data).toMatchObject({ method: 'POST', commonName: 'client-2' });
    expect(transformed).toBe(1);
    expect(config.transformResponse).toBe(transformResponse);
    expect(server.requests.map(({ body }) => String(body))).toEqual(
      Array(2).fill('{"some":"text"}'),
    );
    expect(server.requests[0]?.headers['user-agent']).toBe(`axios/${axios.VERSION}`);
  });

  it('fails with its own errors, and shows no token', async () => {
    const { server, axios, client } = await setStage({
      respond: ({ url }, response) => {
        if (url === '/cut') response.destroy();
        else response.writeHead(404).end();
      },
    });
    for (const path of ['/missing', '/cut']) {
      const error: unknown = await client.get(server.url + path).catch((reason) => reason);
      expect(error).toBeInstanceOf(axios.AxiosError);
      expect((error as { config: { headers: object } }).config.headers).not.toHaveProperty(
        'Authorization',
      );
    }
  });

  it('shows no token where an answer breaks while it is read', async () => {
    const { server, client } = await setStage({
      respond: (_, response) => response.write('half', () => response.destroy()),
    });
    const { data } = await client.get(server.url, { responseType: 'stream' });
    const error: unknown = await text(data).catch((reason) => reason);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('token-1');
  });

  it('is sent again by its error, and cancelled in its own words', async () => {
    const { server, axios, client } = await setStage({
      respond: (_, response) =>
        response.writeHead(server.requests.length > 1 ? 200 : 503).end('{}'),
    });
    const error = await client.get(server.url).catch((reason) => reason);
    expect((await client.request(error.config)).data).toEqual({});
    const aborted = client.get(server.url, { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toBeInstanceOf(axios.CanceledError);
  });

  it('times out with its own error while it waits for a credential', async () => {
    const source = { name: 'slow', load: () => new Promise<never>(() => {}) };
    const manager = createCredentialManager({ source });
    onTestFinished(() => manager.close());
    const axios = copy();
    const { client } = bindAxios(axios.create({ baseURL: 'https://localhost:1' }), manager);
    // Its errors are known a turn after it was bound.
    await new Promise(setImmediate);
    await expect(client.get('/', { timeout: 1 })).rejects.toBeInstanceOf(axios.AxiosError);
  });
});
