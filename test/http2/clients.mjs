// The clients that speak HTTP/2 under a binding. Each sends one request and resolves with what came: a status, and the token
// that the server has seen.
import { text } from 'node:stream/consumers';
import { bindAxios } from '@keyturn/axios';
import { bindGot } from '@keyturn/got';
import { bindHttp2 } from '@keyturn/https';
import axios from 'axios';
import got from 'got';

/** @typedef {{ method: string, body?: string, headers: Record<string, string>, signal?: AbortSignal }} Request */

export const clients = {
  bindHttp2(manager, { url, ca }) {
    const { client } = bindHttp2(manager, { origins: [url], tls: { ca } });
    return {
      async send({ method, body, headers, signal }) {
        const { statusCode, stream } = await client.request(`${url}/`, {
          method,
          body,
          headers,
          signal,
        });
        return { status: statusCode, body: await text(stream) };
      },
      close: () => client.close(),
    };
  },
  axios(manager, { url, ca }) {
    const base = axios.create({ baseURL: url, httpVersion: 2, validateStatus: () => true });
    const { client, unbind } = bindAxios(base, manager, { tls: { ca } });
    return {
      async send({ method, body, headers, signal }) {
        const { status, data } = await client.request({
          url: '/',
          method,
          data: body,
          headers,
          signal,
        });
        return { status, body: data };
      },
      close: unbind,
    };
  },
  got(manager, { url, ca }) {
    const base = got.extend({
      prefixUrl: url,
      http2: true,
      retry: { limit: 0 },
      throwHttpErrors: false,
    });
    const { client, unbind } = bindGot(base, manager, { tls: { ca } });
    return {
      async send({ method, body, headers, signal }) {
        const { statusCode, body: answer } = await client('', { method, body, headers, signal });
        return { status: statusCode, body: answer };
      },
      close: unbind,
    };
  },
};
