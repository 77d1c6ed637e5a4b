import { Agent } from 'node:https';
import { Readable } from 'node:stream';
import type { BindingUnderTest, SceneAnswer, SceneBody, SceneRequest } from '@keyturn/testkit';
import got, { type Got, HTTPError, type Method, type OptionsOfTextResponseBody } from 'got';
import { bindGot } from '../src/index.js';

function bodyOptions(body: SceneBody | undefined): OptionsOfTextResponseBody {
  if (body === undefined) return {};
  switch (body.kind) {
    case 'json':
      return { json: body.value };
    case 'params':
      return { form: Object.fromEntries(body.value) };
    case 'stream':
      return { body: Readable.from(body.value) };
    default:
      return { body: body.value };
  }
}

async function send(
  client: Got,
  { url, method, headers, body, signal, timeoutMs }: SceneRequest,
): Promise<SceneAnswer> {
  try {
    const response = await client(new URL(url), {
      method: method as Method,
      headers,
      ...bodyOptions(body),
      ...(signal !== undefined && { signal }),
      ...(timeoutMs !== undefined && { timeout: { request: timeoutMs } }),
    });
    return { status: response.statusCode, body: response.body, answer: response };
  } catch (error) {
    if (!(error instanceof HTTPError)) throw error;
    return { status: error.response.statusCode, body: error.response.body, answer: error };
  }
}

/** got as the conformance suite sees it. */
export const gotAdapter: BindingUnderTest<Got> = {
  name: 'got',
  // got asks its cache with the Authorization on the request.
  lacks: ['cachesFirst'],
  bind: (manager, { url, maxSockets, ...options }) => {
    const agent = { https: new Agent({ maxSockets, keepAlive: true }) };
    const client = got.extend({ prefixUrl: url, agent, retry: { limit: 0 } });
    return bindGot(client, manager, options);
  },
  send,
  watch: (client, onAnswer) =>
    client.extend({
      hooks: {
        afterResponse: [
          (response) => {
            onAnswer(response.statusCode);
            return response;
          },
        ],
      },
    }),
  sendWithRetry: (client, request, beforeRetry) => {
    const calculateDelay = async ({ computedValue }: { readonly computedValue: number }) => {
      await beforeRetry();
      return Math.min(1, computedValue);
    };
    return send(client.extend({ retry: { limit: 1, calculateDelay } }), request);
  },
  shareCache: () => {
    const cache = new Map();
    return (manager, { url, maxSockets: _, ...options }) =>
      bindGot(got.extend({ prefixUrl: url, cache, retry: { limit: 0 } }), manager, options);
  },
};
