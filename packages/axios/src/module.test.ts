import { Container, credentialModule, tokens } from '@keyturn/core/container';
import type { AxiosInstance } from 'axios';
import { expect, it } from 'vitest';
import { startServer, tokensOf } from '../../../test/scenes/stage.js';
import { axiosClientToken, axiosModule } from './index.js';

it('binds an authenticated client for an application with a container of its own', async () => {
  const server = await startServer({ plainHttp: true });
  const container = new Container();
  container.load(
    credentialModule({ source: { name: 'test', load: async () => ({ token: 'injected' }) } }),
    axiosModule({ baseURL: server.url, defaults: { headers: { 'x-mine': 'yes' } } }),
    axiosModule({ name: 'second', origins: [server.url] }),
  );
  const client = container.get(axiosClientToken<AxiosInstance>());
  const second = container.get(axiosClientToken<AxiosInstance>('second'));
  await client.get('/first');
  await second.get(`${server.url}/second`);
  expect(tokensOf(server)).toEqual(['injected', 'injected']);
  expect(server.requests[0]?.headers['x-mine']).toBe('yes');
  for (const { unbind } of container.getAll(tokens.binding)) unbind();
  await client.get('/unbound');
  expect(tokensOf(server)).toEqual(['injected', 'injected', undefined]);
});
