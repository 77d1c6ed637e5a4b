import type { IncomingMessage } from 'node:http';
import { Agent } from 'node:https';
import { json } from 'node:stream/consumers';
import { bindAxios } from '@keyturn/axios';
import type { BindOptions, CredentialManager, CredentialSource } from '@keyturn/core';
import { bindGot } from '@keyturn/got';
import { bindHttps } from '@keyturn/https';
import axios from 'axios';
import got from 'got';
import type { ClientName } from './options.js';

/** One request of the load. */
export interface DemoRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
}

/** What the demo's server tells about a request that passed. */
export interface DemoAnswer {
  /** How many bytes of body have arrived. */
  readonly bytes: number;
}

/** The client that has no Keyturn: axios as it comes. Nine columns leave no room for a longer name. */
export const bareName = 'bare';

/** A client behind one shape, so that the load treats all alike. */
export interface DemoClient {
  readonly name: ClientName | typeof bareName;
  readonly userAgent: string;
  /** Rejects when the answer is anything but 200. */
  send(request: DemoRequest): Promise<DemoAnswer>;
  unbind(): void;
}

export interface ClientParts {
  readonly manager: CredentialManager;
  /** Origin of the server, without a slash at the end. */
  readonly url: string;
  /** The certificate to trust, PEM text. */
  readonly ca: string;
}

const timeoutMs = 10_000;

/** Makes the client called `name` and binds it to the shared credential. */
export function makeClient(name: ClientName, parts: ClientParts): DemoClient {
  const userAgent = `keyturn-demo/${name}`;
  return { name, userAgent, ...makers[name](parts, userAgent) };
}

/**
 * Makes the client that the others are compared with: axios as it comes, with the credential that `source` gives now. That
 * is what a program has which asks for its credential once.
 */
export async function makeBareClient(
  source: CredentialSource,
  { url, ca }: Pick<ClientParts, 'url' | 'ca'>,
): Promise<DemoClient> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { token, clientCertificate } = await source.load({ reason: 'initial', signal });
  const userAgent = 'keyturn-demo/bare';
  const cert = clientCertificate?.certificate;
  const httpsAgent = new Agent({ keepAlive: true, ca, cert, key: clientCertificate?.privateKey });
  const client = axios.create({
    baseURL: url,
    timeout: timeoutMs,
    headers: { 'User-Agent': userAgent, Authorization: `Bearer ${token}` },
    proxy: false,
    httpsAgent,
  });
  return {
    name: bareName,
    userAgent,
    send: async ({ method, path, body }) =>
      (await client.request<DemoAnswer>({ method, url: path, data: body })).data,
    unbind: () => httpsAgent.destroy(),
  };
}

type Maker = (parts: ClientParts, userAgent: string) => Pick<DemoClient, 'send' | 'unbind'>;

const makers: Record<ClientName, Maker> = {
  axios: ({ manager, url, ca }, userAgent) => {
    const bare = axios.create({
      baseURL: url,
      timeout: timeoutMs,
      headers: { 'User-Agent': userAgent },
      // A proxy in the environment has no way to loopback.
      proxy: false,
    });
    const { client, unbind } = bindAxios(bare, manager, { tls: { ca } });
    return {
      send: async ({ method, path, body }) =>
        (await client.request<DemoAnswer>({ method, url: path, data: body })).data,
      unbind,
    };
  },

  got: ({ manager, url, ca }, userAgent) => {
    const bare = got.extend({
      prefixUrl: url,
      timeout: { request: timeoutMs },
      headers: { 'user-agent': userAgent },
      // A retry of got's own would hide a failure from the demo.
      retry: { limit: 0 },
    });
    const { client, unbind } = bindGot(bare, manager, { tls: { ca } });
    return {
      send: ({ method, path, body }) =>
        client(path.slice(1), { method, ...(body && { json: body }) }).json<DemoAnswer>(),
      unbind,
    };
  },

  https: ({ manager, url, ca }, userAgent) => {
    const options: BindOptions = { origins: [url], tls: { ca } };
    const { client, unbind } = bindHttps(manager, options);
    return {
      send: async ({ method, path, body }) => {
        const headers = {
          'user-agent': userAgent,
          ...(body && { 'content-type': 'application/json' }),
        };
        const content = body && { body: JSON.stringify(body) };
        const response = await client.request(url + path, {
          method,
          headers,
          timeoutMs,
          ...content,
        });
        return readAnswer(response);
      },
      unbind,
    };
  },
};

async function readAnswer(response: IncomingMessage): Promise<DemoAnswer> {
  const answer = (await json(response)) as DemoAnswer;
  if (response.statusCode === 200) return answer;
  // axios and got hang the answer on the error, and so do we.
  const { statusCode } = response;
  throw Object.assign(new Error(`Status ${statusCode}`), { response: { statusCode } });
}
