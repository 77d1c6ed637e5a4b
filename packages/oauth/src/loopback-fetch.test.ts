import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CredentialSource, createCredentialManager } from '@keyturn/core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { oauthSource } from './oauth-source.js';

const never = new AbortController().signal;

async function serve(answer: (url: string) => object | 'never'): Promise<string> {
  const server = createServer((request, response) => {
    const body = answer(request.url ?? '');
    if (body !== 'never') response.end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
}

const sourceAt = (tokenEndpoint: string, more: object = {}): CredentialSource =>
  oauthSource({
    ...{ grant: 'client_credentials', tokenEndpoint, clientId: 'robot', clientSecret: 's3cret' },
    ...more,
  });

const token = { access_token: 't', token_type: 'bearer' };

it('asks a server on this machine past whatever the global fetch goes through', async () => {
  const proxied = vi.fn(() => Promise.reject(new Error('through a proxy')));
  vi.stubGlobal('fetch', proxied);
  const source = sourceAt(await serve(() => token));
  expect(await source.load({ reason: 'initial', signal: never })).toEqual({ token: 't' });
  expect(proxied).not.toHaveBeenCalled();
});

it('leaves the way to the global fetch where plain http may go anywhere', async () => {
  const asked = vi.fn(async () => new Response(JSON.stringify(token)));
  vi.stubGlobal('fetch', asked);
  const source = sourceAt('http://idp.example/token', { allowInsecure: true });
  await source.load({ reason: 'initial', signal: never });
  expect(asked).toHaveBeenCalledOnce();
});

it('ends its request when the manager closes', async () => {
  let asked: (() => void) | undefined;
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const endpoint = await serve(() => {
    asked?.();
    return 'never';
  });
  const manager = createCredentialManager({ source: sourceAt(endpoint) });
  const waiting = manager.current();
  waiting.catch(() => {});
  await isAsked;
  await manager.close();
  await expect(waiting).rejects.toMatchObject({ code: 'ERR_MANAGER_CLOSED' });
});
