/** @typedef {import('../dist/peers/peer.js').Peer} Peer */
import { Agent } from 'node:https';
import { got, HTTPError } from 'got';
import { runPlugin } from './run-plugin.mjs';
import { versionOf } from './version-of.mjs';

/** What got's documentation shows for a new token: an afterResponse hook that merges it into the defaults. @type {Peer} */
export const peer = {
  name: "got's recipe",
  version: versionOf('got'),
  does: { format: 'token' },
  request({ command, url, ca, clientCertificate }) {
    const { certificate: cert, privateKey: key } = clientCertificate;
    const client = got.extend({
      prefixUrl: url,
      mutableDefaults: true,
      retry: { limit: 0 },
      agent: { https: new Agent({ keepAlive: true, ca, cert, key }) },
      hooks: {
        afterResponse: [
          async (response, retryWithMergedOptions) => {
            if (response.statusCode !== 401) return response;
            const { token } = await runPlugin(command);
            const updated = { headers: { authorization: `Bearer ${token}` } };
            client.defaults.options.merge(updated);
            return retryWithMergedOptions(updated);
          },
        ],
      },
    });
    return async () => {
      try {
        return (await client('api/v1/namespaces')).statusCode;
      } catch (error) {
        if (!(error instanceof HTTPError)) throw error;
        return error.response.statusCode;
      }
    };
  },
};
