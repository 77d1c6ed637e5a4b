import { Agent } from 'node:https';
import { Readable } from 'node:stream';
import type { BindingUnderTest, SceneAnswer, SceneRequest } from '@keyturn/testkit';
import axios, { type AxiosInstance, type InternalAxiosRequestConfig, isAxiosError } from 'axios';
import { buildMemoryStorage, setupCache } from 'axios-cache-interceptor';
import { bindAxios } from '../src/index.js';

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

/** Its check of options finds there what is no validator. */
const stumbles = /^1\.7\./.test(axios.VERSION);

/** axios as the conformance suite sees it. */
export const axiosAdapter: BindingUnderTest<AxiosInstance> = {
  name: 'axios',
  stumblesOver: stumbles ? ['baseURL'] : [],
  bind: (manager, { url, maxSockets, ...options }) => {
    const httpsAgent = new Agent({ maxSockets, keepAlive: true });
    return bindAxios(axios.create({ baseURL: url, httpsAgent }), manager, options);
  },
  send,
  watch: (client, onAnswer) => {
    client.interceptors.response.use((response) => {
      onAnswer(response.status);
      return response;
    });
    return client;
  },
  sendWithRetry: (client, request, beforeRetry) => {
    client.interceptors.response.use(undefined, async (error) => {
      const config: InternalAxiosRequestConfig = error.config;
      await beforeRetry();
      return client.request(config);
    });
    return send(client, request);
  },
  shareCache: () => {
    const storage = buildMemoryStorage();
    return (manager, { url, maxSockets, ...options }) => {
      const httpsAgent = new Agent({ maxSockets, keepAlive: true });
      const cached = setupCache(axios.create({ baseURL: url, httpsAgent }), { storage });
      return bindAxios<AxiosInstance>(cached, manager, options);
    };
  },
};
