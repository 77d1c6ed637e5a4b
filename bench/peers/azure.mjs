/** @typedef {import('../dist/peers/peer.js').Peer} Peer */
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  tlsPolicy,
} from '@azure/core-rest-pipeline';
import { runPlugin } from './run-plugin.mjs';
import { versionOf } from './version-of.mjs';

/** @param {string} command */
function policyOf(command) {
  const credential = { getToken: () => runPlugin(command) };
  return bearerTokenAuthenticationPolicy({ credential, scopes: 'bench' });
}

/** Azure's token cycler is not exported; the policy around it is. @type {Peer} */
export const peer = {
  name: 'Azure policy',
  version: versionOf('@azure/core-rest-pipeline'),
  // In its last two minutes from the first moment on.
  does: { format: 'token', window: { lifetimeMs: 60_000, opensMs: 120_000, closesMs: 1_000 } },
  lookup({ command, url }) {
    const policy = policyOf(command);
    const headers = createHttpHeaders();
    const answer = async (request) => ({ request, status: 200, headers });
    return () => policy.sendRequest(createPipelineRequest({ url }), answer);
  },
  // The bare pipeline: none of the policies that retry, log and trace.
  request({ command, url, ca, clientCertificate }) {
    const pipeline = createEmptyPipeline();
    pipeline.addPolicy(policyOf(command));
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
