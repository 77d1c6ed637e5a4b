/** @typedef {import('../dist/peers/peer.js').Peer} Peer */
/** @typedef {import('../dist/peers/peer.js').Setting} Setting */
import { Agent } from 'node:https';
import { PluggableAuthClient } from 'google-auth-library';
import { versionOf } from './version-of.mjs';

// The library runs nothing without it.
process.env['GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES'] = '1';
// It would take the environment's proxy to the loopback.
process.env['NO_PROXY'] = '127.0.0.1';

/** @param {Setting} setting @param {{ eagerRefreshThresholdMillis?: number }} [options] */
function clientOf({ command, stsUrl, ca, clientCertificate }, options) {
  const { certificate: cert, privateKey: key } = clientCertificate;
  return new PluggableAuthClient({
    type: 'external_account',
    audience: '//iam.googleapis.com/bench',
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    token_url: stsUrl,
    credential_source: { executable: { command: `"${command}"` } },
    // Off by default; without it no 401 would start anything.
    forceRefreshOnFailure: true,
    transporterOptions: { agent: new Agent({ keepAlive: true, ca, cert, key }) },
    ...options,
  });
}

/** @param {Setting} setting @param {PluggableAuthClient} client @returns {() => Promise<number>} */
function requestWith({ url }, client) {
  const target = `${url}/api/v1/namespaces`;
  return async () => {
    try {
      return (await client.request({ url: target })).status;
    } catch (error) {
      if (error.response?.status === undefined) throw error;
      return error.response.status;
    }
  };
}

const version = versionOf('google-auth-library');

/** Its plugin's token goes to an STS, here on the same server, before it is used. @type {Peer} */
export const peer = {
  name: 'Google pluggable',
  version,
  does: { format: 'google', window: { lifetimeMs: 60_000, opensMs: 300_000, closesMs: 0 } },
  lookup(setting) {
    const client = clientOf(setting);
    return () => client.getAccessToken();
  },
  request: (setting) => requestWith(setting, clientOf(setting)),
};

/** @type {Peer} */
export const fitted = {
  name: 'Google, window fitted',
  version,
  does: { format: 'google' },
  request(setting) {
    const eagerRefreshThresholdMillis = 0.2 * setting.lifetimeMs;
    return requestWith(setting, clientOf(setting, { eagerRefreshThresholdMillis }));
  },
};
