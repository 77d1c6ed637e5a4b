/** @typedef {import('../dist/peers/peer.js').Peer} Peer */
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createPipelineRequest,
  tlsPolicy,
} from '@azure/core-rest-pipeline';
import { runPlugin } from './run-plugin.mjs';
import { versionOf } from './version-of.mjs';

// The package does not export it, so it is taken from its file: the module that its policy imports, too.
const file = 'node_modules/@azure/core-rest-pipeline/dist/esm/util/tokenCycler.js';
const { createTokenCycler } = await import(new URL(file, import.meta.url).href);

/** @param {string} command */
const credentialOf = (command) => ({ getToken: () => runPlugin(command) });

/** @type {Peer} */
export const peer = {
  name: 'Azure',
  version: versionOf('@azure/core-rest-pipeline'),
  // In its last two minutes from the first moment on.
  does: { format: 'token', window: { lifetimeMs: 60_000, opensMs: 120_000, closesMs: 1_000 } },
  // The token cycler alone, asked as the policy asks it.
  lookup({ command }) {
    const getAccessToken = createTokenCycler(credentialOf(command));
    const scopes = ['bench'];
    const options = { enableCae: true };
    return () => getAccessToken(scopes, options);
  },
  // The policy in a bare pipeline: none of the policies that retry, log and trace.
  request({ command, url, ca, clientCertificate }) {
    const pipeline = createEmptyPipeline();
    const credential = credentialOf(command);
    pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: 'bench' }));
    const { certificate: cert, privateKey: key } = clientCertificate;
    pipeline.addPolicy(tlsPolicy({ ca, cert, key }));
    const client = createDefaultHttpClient();
    return async () => {
      const request = createPipelineRequest({ url: `${url}/api/v1/namespaces` });
      const { status } = await pipeline.sendRequest(client, request);
      return status;
    };
  },
};
