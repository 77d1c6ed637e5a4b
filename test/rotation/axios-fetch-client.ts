import { bindAxios } from '@keyturn/axios';
import axios from 'axios';
import { Agent } from 'undici';
import { startHttpServer } from './http-server.js';
import { concurrency, type LoadClient } from './load-client.js';
import { methodOf, whereOf } from './node-clients.js';
import { certificateOf } from './rotating-source.js';
import { followNothing } from './wrong-client.js';

/** Axios over fetch: the token is the binding's, the certificate that of a dispatcher of the caller's own. */
export const axiosFetchClient: LoadClient = {
  name: 'axios over fetch',
  startServer: startHttpServer,
  bind: async (parts) => {
    const { manager, server } = parts;
    const { certificate: cert, privateKey: key } = await certificateOf(1);
    const dispatcher = new Agent({
      connections: concurrency,
      connect: { ca: server.ca, cert, key },
    });
    const bare = axios.create({
      baseURL: server.url,
      adapter: 'fetch',
      fetchOptions: { dispatcher },
      responseType: 'text',
      transformResponse: (data: unknown) => data,
      validateStatus: () => true,
    });
    const { client, unbind } = bindAxios(bare, manager, whereOf(parts));
    return {
      ask: async ({ path, body }) => {
        const { status, data } = await client.request<string>({
          url: path,
          method: methodOf(body),
          data: body,
        });
        return { status, text: data };
      },
      follow: followNothing,
      close: () => {
        unbind();
        dispatcher.destroy().catch(() => {});
      },
    };
  },
};
