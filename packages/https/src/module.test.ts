import { Container, credentialModule, tokens } from '@keyturn/core/container';
import { expect, it } from 'vitest';
import { numberedSource, read, startServer } from '../test/scene.js';
import { httpsClientToken, httpsModule } from './module.js';

it('binds an authenticated client in a container of the application', async () => {
  await using server = await startServer();
  const container = new Container();
  const options = { origins: [server.url], tls: { ca: server.ca } };
  container.load(credentialModule({ source: numberedSource() }));
  container.load(httpsModule(options), httpsModule({ name: 'second', ...options }));

  const client = container.get(httpsClientToken());
  expect((await read(await client.get(server.url))).status).toBe(200);
  expect(server.requests[0]?.token).toBe('token-1');
  expect(container.get(httpsClientToken('second'))).not.toBe(client);

  for (const binding of container.getAll(tokens.binding)) binding.unbind();
  await read(await client.get(server.url));
  expect(server.requests[1]?.headers.authorization).toBeUndefined();
  client.agent.destroy();
});
