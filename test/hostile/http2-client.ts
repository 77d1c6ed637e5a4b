import { once } from 'node:events';
import http2 from 'node:http2';
import type { Binding, CredentialManager } from '@keyturn/core';
import { bindHttp2, type Http2Client, type Http2RequestOptions } from '@keyturn/https';
import { answered, bodyChanges } from './body-changes.js';
import { changeable, evilBody, type HostileClient, judged, type Places } from './hostile-client.js';

function bind(manager: CredentialManager, { good, ca }: Places): Binding<Http2Client> {
  const { client, unbind, supports } = bindHttp2(manager, { origins: [good], tls: { ca } });
  const close = (): void => {
    unbind();
    client.close();
  };
  return { client, supports, unbind: close };
}

const { method, path, body } = judged;

export const http2Client: HostileClient = {
  name: 'http2',
  replays: true,
  bind: (manager, places) => {
    const { client, unbind } = bind(manager, places);
    return { send: () => send(client, new URL(path, places.good), request()), close: unbind };
  },
  bare: (token, { good, ca }) => {
    let session: http2.ClientHttp2Session | undefined;
    const send = async (): Promise<unknown> => {
      session = http2.connect(good, { ca });
      const failed = once(session, 'error').then(([error]) => Promise.reject(error));
      const authorization = `Bearer ${token}`;
      const stream = session.request({
        ':method': method,
        ':path': path,
        ...judged.headers,
        authorization,
      });
      stream.end(body);
      const [headers] = await Promise.race([once(stream, 'response'), failed]);
      return answered(headers[':status'], stream);
    };
    return { send, close: () => session?.destroy() };
  },
  changes: [
    {
      what: 'options object',
      call: (manager, places) =>
        changeable(bind(manager, places), (client) => {
          const options = request();
          const answer = send(client, new URL(path, places.good), options);
          const change = (): void => {
            Object.assign(options, { method: 'PUT', body: evilBody });
            Object.assign(options.headers, { 'x-judged': 'evil', authorization: 'evil' });
          };
          return { answer, change };
        }),
    },
    {
      what: 'URL object',
      call: (manager, places) =>
        changeable(bind(manager, places), (client) => {
          const url = new URL(path, places.good);
          const answer = send(client, url, request());
          return { answer, change: () => (url.host = new URL(places.evil).host) };
        }),
    },
    {
      what: 'options that answer otherwise each time',
      call: (manager, places) =>
        changeable(bind(manager, places), (client) => {
          let asked = 0;
          const options = {
            ...request(),
            get headers() {
              return asked++ === 0 ? judged.headers : { authorization: 'evil' };
            },
          };
          return { answer: send(client, new URL(path, places.good), options), change: () => {} };
        }),
    },
    ...bodyChanges((given) => (manager, places) => ({
      ...changeable(bind(manager, places), (client) => ({
        answer: send(client, new URL(path, places.good), { ...request(), body: given }),
        change: () => {},
      })),
    })),
  ],
};

function request(): Http2RequestOptions & { readonly headers: Record<string, string> } {
  return { method, headers: { ...judged.headers }, body };
}

async function send(client: Http2Client, url: URL, options: Http2RequestOptions): Promise<unknown> {
  const { statusCode, stream } = await client.request(url, options);
  return answered(statusCode, stream);
}
