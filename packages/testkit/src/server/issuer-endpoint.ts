import { randomBytes } from 'node:crypto';
import type { CredentialIssuer } from './credential-issuer.js';
import { sendJson, startTestApiServer } from './test-api-server.js';

/** Where a plugin asks for credentials. */
export interface IssuerEndpoint {
  readonly url: string;
  /** What a plugin has to present; handed to it in its environment, as a workload identity would be. */
  readonly secret: string;
  close(): Promise<void>;
}

/**
 * Serves `issuer` on loopback, to those who know the secret.
 *
 * It speaks plain HTTP, as the metadata services of clouds do: it is reachable from this machine only, and a plugin
 * that needs no TLS starts sooner.
 */
export async function startIssuerEndpoint(issuer: CredentialIssuer): Promise<IssuerEndpoint> {
  const secret = randomBytes(24).toString('base64url');
  const server = await startTestApiServer({
    plainHttp: true,
    keepRequests: 0,
    authorize: ({ token }) => token === secret,
    respond: async ({ method, url }, response) => {
      if (method !== 'POST' || url !== '/credential') return sendJson(response, 404, {});
      sendJson(response, 200, await issuer.issue());
    },
  });
  return { url: `${server.url}/credential`, secret, close: server.close };
}
