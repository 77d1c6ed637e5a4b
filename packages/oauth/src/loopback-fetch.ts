import { request } from 'node:http';
import type { FetchLike } from './token-fetch.js';

/**
 * Makes a request in plain http to this machine, past every proxy: what the environment or a global dispatcher says of proxies, the global
 * `fetch` obeys for loopback as well, and the secret would leave the machine in clear text.
 */
export const loopbackFetch: FetchLike = (url, { method, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, signal, agent: false }, (answer) => {
      const get = (name: string): string | null => {
        const value = answer.headers[name];
        return value === undefined ? null : String(value);
      };
      resolve({ status: answer.statusCode ?? 0, headers: { get }, body: answer });
    });
    sent.on('error', reject);
    sent.end(body);
  });
