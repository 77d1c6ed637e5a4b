import http from 'node:http';
import https from 'node:https';
import { finished } from 'node:stream/promises';
import { bindGot } from '@keyturn/got';
import got, { type Got, type OptionsInit } from 'got';
import { headersOf, type SecretClient, type Trial } from '../secret-client.js';
import type { Scheme } from '../world.js';

const gotClient = (
  name: string,
  schemes: readonly Scheme[],
  more: OptionsInit,
  send: (client: Got, url: string, options: OptionsInit, trial: Trial) => Promise<void>,
): SecretClient => ({
  name,
  binding: 'got',
  package: 'got',
  schemes,
  plays: ({ proxy, maxBytes }) => proxy === undefined && maxBytes === undefined,
  open: (trial) => {
    const client = clientFor(trial, more);
    return async (url) => {
      const { body, timeoutMs } = trial.situation;
      const options: OptionsInit = {
        headers: headersOf(trial),
        ...(body !== undefined && { method: 'POST', body }),
        ...(trial.signal && { signal: trial.signal }),
        ...(timeoutMs !== undefined && { timeout: { request: timeoutMs } }),
      };
      await send(client, url, options, trial);
      trial.show('the client', client);
    };
  },
});

function clientFor(trial: Trial, more: OptionsInit): Got {
  const { manager, origin, ca, situation, defer } = trial;
  const limit = { keepAlive: true, maxSockets: 3 };
  const agent = { https: new https.Agent(limit), http: new http.Agent(limit) };
  defer(() => [agent.https.destroy(), agent.http.destroy()]);
  const bare = got.extend({
    retry: { limit: 0 },
    maxRedirects: 3,
    // Over HTTP/2 its own pool serves.
    ...(manager !== undefined || !more.http2 ? { agent } : {}),
    ...(manager === undefined && ca !== undefined && { https: { certificateAuthority: ca } }),
    ...more,
  });
  if (manager === undefined) return bare;
  const tls = ca === undefined ? {} : { tls: { ca } };
  const binding = bindGot(bare, manager, { origins: [origin], ...tls });
  if (situation.life === 'unbound') binding.unbind();
  trial.show('the binding', binding);
  return binding.client;
}

async function promised(
  client: Got,
  url: string,
  options: OptionsInit,
  trial: Trial,
): Promise<void> {
  const pending = client(url, {
    ...options,
    responseType: 'json',
  } as never) as unknown as Promise<unknown> & {
    on(event: string, listener: (value: unknown) => void): void;
  };
  trial.show('the promise', pending);
  pending.on('request', (request) => trial.show('the request on its way', request));
  try {
    trial.show('the answer', await pending);
  } catch (error) {
    trial.show('the error', error);
  }
}

async function streamed(
  client: Got,
  url: string,
  options: OptionsInit,
  trial: Trial,
): Promise<void> {
  const stream = client.stream(url, options as never);
  trial.show('the stream', stream);
  stream.on('request', (request) => trial.show('the request on its way', request));
  stream.on('response', (response) => trial.show('the answer, unread', response));
  stream.on('redirect', (response) => trial.show('the redirect', response));
  stream.resume();
  const ended = finished(stream);
  if (trial.situation.body === undefined) stream.on('error', () => {});
  try {
    await ended;
    trial.show('the stream, once read', stream);
    trial.show('the answer', stream.response);
  } catch (error) {
    trial.show('the error', error);
    trial.show('the stream after it', stream);
  }
}

export const gotClients: readonly SecretClient[] = [
  gotClient('got', ['https', 'http'], {}, promised),
  gotClient('got, a stream', ['https', 'http'], {}, streamed),
  gotClient('got over HTTP/2', ['h2'], { http2: true }, promised),
  gotClient('got over HTTP/2, a stream', ['h2'], { http2: true }, streamed),
];
