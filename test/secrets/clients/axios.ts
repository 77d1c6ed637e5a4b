import http from 'node:http';
import https from 'node:https';
import { bindAxios } from '@keyturn/axios';
import axios, { type AxiosRequestConfig } from 'axios';
import { headersOf, type SecretClient, type Trial } from '../secret-client.js';
import type { Scheme } from '../world.js';

const http2 = { httpVersion: 2 } as AxiosRequestConfig;

const axiosClient = (
  name: string,
  schemes: readonly Scheme[],
  more: AxiosRequestConfig,
): SecretClient => ({
  name,
  binding: 'axios',
  package: 'axios',
  schemes,
  plays: ({ proxy }) => proxy === undefined || more.adapter !== 'fetch',
  open: (trial) => {
    const client = clientFor(trial);
    return async (url) => {
      const { body, timeoutMs, maxBytes, proxy } = trial.situation;
      const pending = client.request({
        url,
        method: body === undefined ? 'GET' : 'POST',
        data: body,
        headers: headersOf(trial),
        maxContentLength: maxBytes ?? -1,
        maxRedirects: 3,
        ...(trial.signal && { signal: trial.signal }),
        ...(timeoutMs !== undefined && { timeout: timeoutMs }),
        ...(proxy !== undefined && { proxy: proxyOf(trial) }),
        ...more,
        // Over HTTP/2 it asks no agent whom to trust.
        ...(more === http2 && {
          http2Options: trial.manager === undefined ? { ca: trial.ca } : {},
        }),
      });
      await show(trial, pending, more);
      trial.show('the client', client);
    };
  },
});

function clientFor(trial: Trial): ReturnType<typeof axios.create> {
  const { manager, origin, ca, situation, defer } = trial;
  const agents = {
    httpsAgent: new https.Agent({
      keepAlive: true,
      maxSockets: 3,
      ...(manager === undefined && ca !== undefined && { ca }),
    }),
    httpAgent: new http.Agent({ keepAlive: true, maxSockets: 3 }),
  };
  const bare = axios.create({
    baseURL: origin,
    responseType: 'json',
    proxy: false,
    transitional: { silentJSONParsing: false },
    ...agents,
  });
  defer(() => [agents.httpsAgent.destroy(), agents.httpAgent.destroy()]);
  if (manager === undefined) return bare;
  const binding = bindAxios(bare, manager, ca === undefined ? {} : { tls: { ca } });
  if (situation.life === 'unbound') binding.unbind();
  trial.show('the binding', binding);
  return binding.client;
}

async function show(
  trial: Trial,
  pending: Promise<{ readonly data: unknown }>,
  { responseType }: AxiosRequestConfig,
): Promise<void> {
  trial.show('the promise', pending);
  try {
    const answer = await pending;
    trial.show('the answer', answer);
    if (responseType !== 'stream') return;
    for await (const _ of answer.data as AsyncIterable<Buffer>);
    trial.show('the answer, once read', answer);
  } catch (error) {
    trial.show('the error', error);
  }
}

function proxyOf({ proxy }: Trial): { host: string; port: number; protocol: string } {
  const { hostname, port } = new URL(proxy as string);
  return { host: hostname, port: Number(port), protocol: 'http' };
}

/** HTTP/2 came with 1.13. */
const hasHttp2 = Number(axios.VERSION.split('.')[1]) >= 13;

export const axiosClients: readonly SecretClient[] = [
  axiosClient('axios', ['https', 'http'], {}),
  axiosClient('axios, a stream', ['https', 'http'], { responseType: 'stream' }),
  axiosClient('axios, no redirects', ['https', 'http'], { maxRedirects: 0 }),
  ...(hasHttp2 ? [axiosClient('axios over HTTP/2', ['h2'], http2)] : []),
  // It takes no certificate authorities.
  axiosClient('axios over fetch', ['http'], { adapter: 'fetch' }),
];
