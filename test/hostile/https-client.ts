import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Binding, CredentialManager } from '@keyturn/core';
import { bindHttps, type HttpsClient, type HttpsRequestOptions } from '@keyturn/https';
import { answered, bodyChanges } from './body-changes.js';
import { changeable, evilBody, type HostileClient, judged, type Places } from './hostile-client.js';

function bind(manager: CredentialManager, { good, ca }: Places): Binding<HttpsClient> {
  return bindHttps(manager, { origins: [good], tls: { ca } });
}

const { method, path, body } = judged;

export const httpsClient: HostileClient = {
  name: 'https',
  replays: true,
  bind: (manager, places) => {
    const { client, unbind } = bind(manager, places);
    return { send: () => send(client, new URL(path, places.good), request()), close: unbind };
  },
  bare: (token, { good, ca }) => ({
    send: async () => {
      const headers = { ...judged.headers, authorization: `Bearer ${token}` };
      const sent = https.request(new URL(path, good), { method, headers, ca, agent: false });
      sent.end(body);
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      return answered(response.statusCode, response);
    },
    close: () => {},
  }),
  changes: [
    {
      what: 'options object',
      call: (manager, places) =>
        changeable(bind(manager, places), (client) => {
          const options = request();
          const answer = send(client, new URL(path, places.good), options);
          const change = (): void => {
            Object.assign(options, { method: 'PUT', body: evilBody, auth: 'evil:evil' });
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
    {
      what: 'options of the agent',
      outcome: 'refused',
      call: (manager, places) =>
        changeable(bind(manager, places), (client) => {
          const answer = send(client, new URL(path, places.good), request());
          const { hostname: host, port } = new URL(places.evil);
          return { answer, change: () => Object.assign(client.agent.options, { host, port }) };
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

function request(): HttpsRequestOptions & { readonly headers: Record<string, string> } {
  return { method, headers: { ...judged.headers }, body };
}

async function send(client: HttpsClient, url: URL, options: HttpsRequestOptions): Promise<unknown> {
  const response = await client.request(url, options);
  return answered(response.statusCode, response);
}
