import http2 from 'node:http2';
import { text } from 'node:stream/consumers';
import { createCredentialManager } from '@keyturn/core';
import { expect, it, onTestFinished } from 'vitest';
import { startHttp2Server } from '../../test/http2-scene.js';
import { numberedSource } from '../../test/scene.js';
import { CredentialAgent, http2ConnectorOf } from './credential-agent.js';
import { type Http2Connector, negotiateProtocol } from './http2-connector.js';

async function setScene(gives: 'token' | 'both', origins?: readonly string[]) {
  const server = await startHttp2Server();
  const manager = createCredentialManager({ source: numberedSource(gives) });
  const agent = new CredentialAgent(manager, {
    origins: origins ?? [server.url],
    tls: { ca: server.ca },
  });
  onTestFinished(async () => {
    agent.destroy();
    await manager.close();
    await server[Symbol.asyncDispose]();
  });
  await manager.current();
  return { server, manager, agent };
}

/** Returns the common name that the server sees. */
async function ask(url: string, createConnection: Http2Connector): Promise<string> {
  const session = http2.connect(url, { createConnection });
  try {
    return await text(session.request({}));
  } finally {
    session.close();
  }
}

it('connects under the identity of its generation for as long as it is kept', async () => {
  const { server, manager, agent } = await setScene('both');
  const first = http2ConnectorOf(agent);
  expect(http2ConnectorOf(agent)).toBe(first);
  await manager.refresh();
  const second = http2ConnectorOf(agent);
  const names = [await ask(server.url, second), await ask(server.url, first)];
  expect(names).toEqual(['client-2', 'client-1']);
});

it('stays the same while only the token rotates', async () => {
  const { manager, agent } = await setScene('token');
  const first = http2ConnectorOf(agent);
  await manager.refresh();
  expect(http2ConnectorOf(agent)).toBe(first);
});

it('presents nothing out of scope, and nothing after unbind()', async () => {
  const outside = await setScene('both', ['https://elsewhere.example']);
  expect(await ask(outside.server.url, http2ConnectorOf(outside.agent))).toBe('nobody');
  const { server, agent } = await setScene('both');
  agent.unbind();
  expect(await ask(server.url, http2ConnectorOf(agent))).toBe('nobody');
});

it('checks the certificate of an address against the address', async () => {
  const { server, agent } = await setScene('both');
  const url = server.url.replace('localhost', '127.0.0.1');
  expect(await ask(url, http2ConnectorOf(agent))).toBe('nobody');
});

it('finds out what a server speaks', async () => {
  const { server, agent } = await setScene('both');
  const options = { ALPNProtocols: ['http/1.1', 'h2'] };
  const connect = http2ConnectorOf(agent);
  expect(await negotiateProtocol(connect, new URL(server.url), options)).toBe('h2');
});
