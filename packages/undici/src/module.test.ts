import { Container, credentialModule, tokens } from '@keyturn/core/container';
import { fetch as undiciFetch } from 'undici';
import { expect, it } from 'vitest';
import { numberedSource, startServer } from '../test/stage.js';
import { fetchClientToken, fetchModule } from './index.js';

it('binds an authenticated fetch in a container of the application', async () => {
  const server = await startServer();
  const container = new Container();
  const options = { origins: [server.url], tls: { ca: server.ca } };
  container.load(credentialModule({ source: numberedSource() }));
  container.load(fetchModule(options));
  container.load(fetchModule({ name: 'second', fetch: undiciFetch, ...options }));

  const fetch = container.get(fetchClientToken());
  await (await fetch(server.url)).text();
  const second = container.get(fetchClientToken<typeof undiciFetch>('second'));
  await (await second(server.url)).text();
  for (const binding of container.getAll(tokens.binding)) binding.unbind();
  await (await fetch(server.url)).text();
  expect(server.requests.map(({ token }) => token)).toEqual(['token-1', 'token-1', undefined]);
});
