import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { type CredentialManager, createCredentialManager } from '@keyturn/core';
import { bindGrpc } from '@keyturn/grpc';
import { bindHttp2, CredentialAgent, connectWebSocket } from '@keyturn/https';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

// The bindings that the conformance suite does not play: a source that asks through the client that it feeds fails, and
// waits for nothing. Nobody has to be there, as no request gets as far as a connection.

const url = 'https://localhost:1';

const ways: Readonly<Record<string, (manager: CredentialManager) => () => Promise<unknown>>> = {
  bindHttp2: (manager) => {
    const { client } = bindHttp2(manager, { origins: [url] });
    return () => client.request(url);
  },
  'an agent of node:https': (manager) => {
    const agent = new CredentialAgent(manager, { origins: [url] });
    return () =>
      new Promise((resolve, reject) => https.get(url, { agent }, resolve).on('error', reject));
  },
  connectWebSocket: (manager) => () =>
    connectWebSocket((target, options) => new WebSocket(target, options as object), manager, {
      url: url.replace('https', 'wss'),
    }),
  'a gRPC client': (manager) => {
    const { client } = bindGrpc(manager, { target: 'localhost:1' });
    const { target, credentials, options } = client;
    const stub = new grpc.Client(target, credentials, options);
    const same = (bytes: Buffer): Buffer => bytes;
    return () =>
      new Promise((resolve, reject) => {
        stub.makeUnaryRequest('/test.Test/Say', same, same, Buffer.from('x'), (error, answer) =>
          error ? reject(error.cause ?? error) : resolve(answer),
        );
      });
  },
};

it.each(Object.entries(ways))('through %s, a source fails that asks itself', async (_, bind) => {
  let ask = (): Promise<unknown> => Promise.resolve();
  const manager = createCredentialManager({
    source: {
      name: 'asks itself',
      load: async () => {
        await ask();
        return { token: 'never' };
      },
    },
  });
  onTestFinished(() => manager.close());
  ask = bind(manager);
  const outcome = await Promise.race([
    ask().then(
      () => 'answered',
      (error) => String(error.code ?? error.message),
    ),
    pause(5_000, 'waits for itself', { ref: false }),
  ]);
  expect(outcome).toMatch(/ERR_SOURCE_RECURSION/);
  expect(manager.stats().lastErrorCode).toBe('ERR_SOURCE_RECURSION');
});
