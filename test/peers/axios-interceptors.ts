/**
 * The pair of interceptors that programs write for a token that has to be refreshed: the documentation of axios shows
 * how to add a header to each request and how to look at each failed answer, and this is what is built of it.
 */
import { Readable } from 'node:stream';
import type { CredentialManager } from '@keyturn/core';
import type { BindingUnderTest, SceneAnswer, SceneRequest } from '@keyturn/testkit';
import axios, { type AxiosInstance, type InternalAxiosRequestConfig, isAxiosError } from 'axios';

interface RetriedConfig extends InternalAxiosRequestConfig {
  isRetry?: boolean;
}

function addInterceptors(client: AxiosInstance, manager: CredentialManager): () => void {
  const requests = client.interceptors.request.use(async (config) => {
    const { token } = await manager.current();
    config.headers.set('Authorization', `Bearer ${token}`);
    return config;
  });
  const responses = client.interceptors.response.use(undefined, async (error) => {
    const config: RetriedConfig | undefined = error.config;
    if (error.response?.status !== 401 || config === undefined || config.isRetry) throw error;
    config.isRetry = true;
    await manager.refresh();
    return client.request(config);
  });
  return () => {
    client.interceptors.request.eject(requests);
    client.interceptors.response.eject(responses);
  };
}

async function send(
  client: AxiosInstance,
  { body, timeoutMs: timeout, signal, ...request }: SceneRequest,
): Promise<SceneAnswer> {
  try {
    const response = await client.request({
      ...request,
      data: body?.kind === 'stream' ? Readable.from(body.value) : body?.value,
      ...(signal !== undefined && { signal }),
      ...(timeout !== undefined && { timeout }),
    });
    return { status: response.status, body: response.data, answer: response };
  } catch (error) {
    if (!isAxiosError(error) || error.response === undefined) throw error;
    return { status: error.response.status, body: error.response.data, answer: error };
  }
}

export const axiosInterceptors: BindingUnderTest<AxiosInstance> = {
  name: 'a pair of axios interceptors',
  bind: (manager, { url }) => {
    const client = axios.create({ baseURL: url });
    const unbind = addInterceptors(client, manager);
    return { client, unbind, supports: { token: true, clientCertificate: false, replay: true } };
  },
  send,
  watch: (client, onAnswer) => {
    client.interceptors.response.use(
      (response) => {
        onAnswer(response.status);
        return response;
      },
      (error) => {
        onAnswer(error.response?.status);
        throw error;
      },
    );
    return client;
  },
  sendWithRetry: (client, request, beforeRetry) => {
    client.interceptors.response.use(undefined, async (error) => {
      await beforeRetry();
      return client.request(error.config);
    });
    return send(client, request);
  },
};
