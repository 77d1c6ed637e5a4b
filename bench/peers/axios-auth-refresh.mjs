/** @typedef {import('../dist/peers/peer.js').Peer} Peer */
/** @typedef {import('../dist/peers/peer.js').Setting} Setting */
import { Agent } from 'node:https';
import axios from 'axios';
import { createAuthRefresh } from 'axios-auth-refresh';
import { runPlugin } from './run-plugin.mjs';
import { versionOf } from './version-of.mjs';

/** The way of its README: an interceptor that puts the stored token on, a refresh call that stores a new one. */
function clientOf({ command, url, ca, clientCertificate }, options) {
  const { certificate: cert, privateKey: key } = clientCertificate;
  const httpsAgent = new Agent({ keepAlive: true, ca, cert, key });
  const client = axios.create({ baseURL: url, proxy: false, httpsAgent });
  let stored;
  client.interceptors.request.use((request) => {
    if (stored !== undefined) request.headers['Authorization'] = `Bearer ${stored}`;
    return request;
  });
  const refresh = async (failedRequest) => {
    stored = (await runPlugin(command)).token;
    failedRequest.response.config.headers['Authorization'] = `Bearer ${stored}`;
  };
  createAuthRefresh(client, refresh, options);
  return client;
}

/** @param {Setting} setting @param {object} [options] @returns {() => Promise<number>} */
function requestWith(setting, options) {
  const client = clientOf(setting, options);
  return async () => {
    try {
      return (await client.get('/api/v1/namespaces')).status;
    } catch (error) {
      if (error.response?.status === undefined) throw error;
      return error.response.status;
    }
  };
}

const version = versionOf('axios-auth-refresh');

/** @type {Peer} */
export const peer = {
  name: 'axios-auth-refresh',
  version,
  does: { format: 'token' },
  request: (setting) => requestWith(setting),
};

/** Its README advises against the option; its issues advise it against lost requests. @type {Peer} */
export const each = {
  name: 'axios-auth-refresh, each',
  version,
  does: { format: 'token' },
  request: (setting) => requestWith(setting, { deduplicateRefresh: false }),
};
