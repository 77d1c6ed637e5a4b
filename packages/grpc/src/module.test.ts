import { Container, credentialModule, credentialTokens, tokens } from '@keyturn/core/container';
import { expect, it } from 'vitest';
import { authority, echo, NotesClient, numberedSource, startNotesServer } from '../test/scene.js';
import { grpcClientToken, grpcModule } from './module.js';

it('binds what a generated client is made with, in a container of the application', async () => {
  await using server = await startNotesServer();
  const { certificate: ca } = await authority();
  const container = new Container();
  const options = { target: server.target, tls: { ca } };
  container.load(credentialModule({ source: numberedSource() }));
  container.load(grpcModule(options), grpcModule({ name: 'second', ...options }));

  const api = container.get(grpcClientToken());
  const client = new NotesClient(api.target, api.credentials, api.options);
  expect(await echo(client)).toMatchObject({ token: 'token-1' });
  expect(container.get(grpcClientToken('second'))).not.toBe(api);
  expect(container.getAll(tokens.binding)).toHaveLength(2);
  client.close();
  await container.get(tokens.manager).close();
});

it('carries the credential that its module names', async () => {
  await using server = await startNotesServer({ plaintext: true });
  const container = new Container();
  for (const name of ['a', 'b']) {
    container.load(
      credentialModule({ name, source: { name, load: async () => ({ token: name }) } }),
      grpcModule({ name, credential: name, target: server.target, plaintext: true }),
    );
  }
  for (const name of ['b', 'a']) {
    const api = container.get(grpcClientToken(name));
    const client = new NotesClient(api.target, api.credentials, api.options);
    expect(await echo(client)).toMatchObject({ token: name });
    client.close();
    await container.get(credentialTokens(name).manager).close();
  }
});
