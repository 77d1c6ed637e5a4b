import { Container, credentialModule, tokens } from '@keyturn/core/container';
import type { Got } from 'got';
import { expect, it } from 'vitest';
import { startServer, tokensOf } from '../../../test/scenes/stage.js';
import { gotClientToken, gotModule } from './index.js';

it('binds an authenticated client for an application with a container of its own', async () => {
  const server = await startServer({ plainHttp: true });
  const container = new Container();
  container.load(
    credentialModule({ source: { name: 'test', load: async () => ({ token: 'injected' }) } }),
    gotModule({ prefixUrl: server.url, defaults: { headers: { 'x-mine': 'yes' } } }),
    gotModule({ name: 'second', origins: [server.url] }),
  );
  const client = container.get(gotClientToken<Got>());
  const second = container.get(gotClientToken<Got>('second'));
  await client('first');
  await second(`${server.url}/second`);
  expect(tokensOf(server)).toEqual(['injected', 'injected']);
  expect(server.requests[0]?.headers['x-mine']).toBe('yes');
  for (const { unbind } of container.getAll(tokens.binding)) unbind();
  await client('unbound');
  expect(tokensOf(server)).toEqual(['injected', 'injected', undefined]);
});
