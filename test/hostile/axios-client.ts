import { Agent } from 'node:https';
import { bindAxios } from '@keyturn/axios';
import type { Binding, CredentialManager } from '@keyturn/core';
import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import {
  type Change,
  changeable,
  changeableBytes,
  evilBody,
  type HostileClient,
  judged,
  judgedForm,
  type Places,
} from './hostile-client.js';

function bind(manager: CredentialManager, { good, ca }: Places): Binding<AxiosInstance> {
  const client = axios.create({ baseURL: good, proxy: false });
  return bindAxios(client, manager, { tls: { ca } });
}

/** A caller that makes `config`, and changes something of it later. */
function configChange(
  what: string,
  make: (places: Places) => {
    readonly config: AxiosRequestConfig;
    readonly change: () => void;
    readonly baseURL?: string;
  },
): Change {
  return {
    what,
    call: (manager, places) =>
      changeable(bind(manager, places), (client) => {
        const { config, change, baseURL = places.good } = make(places);
        client.defaults.baseURL = baseURL;
        return { answer: client.request({ ...config }), change };
      }),
  };
}

const { method, path, body } = judged;

export const axiosClient: HostileClient = {
  name: 'axios',
  replays: true,
  bind: (manager, places) => {
    const { client, unbind } = bind(manager, places);
    return { send: () => send(client), close: unbind };
  },
  bare: (token, { good, ca }) => {
    const httpsAgent = new Agent({ ca, keepAlive: true });
    const headers = { authorization: `Bearer ${token}` };
    const client = axios.create({ baseURL: good, proxy: false, httpsAgent, headers });
    return { send: () => send(client), close: () => httpsAgent.destroy() };
  },
  changes: [
    {
      what: 'config object',
      call: (manager, places) =>
        changeable(bind(manager, places), (client) => {
          const config: AxiosRequestConfig = {
            url: path,
            method,
            data: body,
            headers: { ...judged.headers },
          };
          const answer = client.request(config);
          const change = (): void => {
            Object.assign(config, { url: '/evil', baseURL: places.evil, data: evilBody });
            Object.assign(config.headers ?? {}, { 'x-judged': 'evil', authorization: 'evil' });
          };
          return { answer, change };
        }),
    },
    {
      what: 'config seen by an interceptor',
      call: (manager, places) =>
        changeable(bind(manager, places), (client) => {
          let change = (): void => {};
          client.interceptors.request.use(
            (config) => {
              change = () => {
                Object.assign(config, {
                  url: `${places.evil}/evil`,
                  method: 'put',
                  data: evilBody,
                });
                config.headers.set({ 'x-judged': 'evil', authorization: 'evil' });
              };
              return config;
            },
            undefined,
            { synchronous: true },
          );
          return { answer: send(client), change: () => change() };
        }),
    },
    configChange('URL object', ({ good, evil }) => {
      const url = new URL(path, good);
      const change = (): void => {
        url.host = new URL(evil).host;
      };
      return { config: { ...request(), url: url as never }, baseURL: '', change };
    }),
    configChange('URL that answers otherwise each time', ({ good, evil }) => {
      let asked = 0;
      const url = { toString: () => `${asked++ === 0 ? good : evil}${path}` };
      return { config: { ...request(), url: url as never }, baseURL: '', change: () => {} };
    }),
    configChange('URLSearchParams as params', () => {
      const params = new URLSearchParams({ q: 'good' });
      return { config: { ...request(), params }, change: () => params.set('q', 'evil') };
    }),
    configChange('Buffer', () => {
      const { bytes, change } = changeableBytes();
      return { config: { ...request(), data: bytes }, change };
    }),
    configChange('ArrayBuffer', () => {
      const { bytes, change } = changeableBytes();
      return { config: { ...request(), data: bytes.buffer }, change };
    }),
    configChange('plain object as body', () => {
      const data = { nested: { body: String(body) } };
      const change = (): void => {
        data.nested.body = evilBody;
      };
      return { config: { ...request(), data }, change };
    }),
    configChange('URLSearchParams as body', () => {
      const data = new URLSearchParams({ body });
      return { config: { ...request(), data }, change: () => data.set('body', evilBody) };
    }),
    configChange('FormData', () => {
      const { form, change } = judgedForm();
      return { config: { ...request(), data: form }, change };
    }),
  ],
};

function request(): AxiosRequestConfig {
  return { url: path, method, data: body, headers: { ...judged.headers } };
}

function send(client: AxiosInstance): Promise<unknown> {
  return client.request(request());
}
