/**
 * The recipe with which got's documentation shows how to refresh a token: an `afterResponse` hook that asks for a new one
 * after a 401, makes it the default of the instance, and sends the request again with `retryWithMergedOptions`.
 */
import { Readable } from 'node:stream';
import type { CredentialManager } from '@keyturn/core';
import type { BindingUnderTest, SceneAnswer, SceneBody, SceneRequest } from '@keyturn/testkit';
import got, { type Got, HTTPError, type Method, type OptionsOfTextResponseBody } from 'got';

function addHooks(manager: CredentialManager): { client: Got; unbind: () => void } {
  let isBound = true;
  const client: Got = got.extend({
    mutableDefaults: true,
    retry: { limit: 0 },
    hooks: {
      beforeRequest: [
        async (options) => {
          if (!isBound || options.headers['authorization'] !== undefined) return;
          const { token } = await manager.current();
          options.headers['authorization'] = `Bearer ${token}`;
        },
      ],
      afterResponse: [
        async (response, retryWithMergedOptions) => {
          if (!isBound || response.statusCode !== 401) return response;
          const { token } = await manager.refresh();
          const withToken = { headers: { authorization: `Bearer ${token}` } };
          client.defaults.options.merge(withToken);
          return retryWithMergedOptions(withToken);
        },
      ],
    },
  });
  return {
    client,
    unbind: () => {
      isBound = false;
    },
  };
}

function bodyOptions(body: SceneBody | undefined): OptionsOfTextResponseBody {
  if (body === undefined) return {};
  if (body.kind === 'json') return { json: body.value };
  if (body.kind === 'params') return { form: Object.fromEntries(body.value) };
  return { body: body.kind === 'stream' ? Readable.from(body.value) : body.value };
}

async function send(
  client: Got,
  { url, method, headers, body, signal, timeoutMs }: SceneRequest,
): Promise<SceneAnswer> {
  try {
    const response = await client(url, {
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

export const gotAfterResponse: BindingUnderTest<Got> = {
  name: "got's afterResponse recipe",
  bind: (manager) => ({
    ...addHooks(manager),
    supports: { token: true, clientCertificate: false, replay: true },
  }),
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
};
