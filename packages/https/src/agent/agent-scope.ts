import type { RequestOptions } from 'node:https';
import type { OriginScope } from '@keyturn/core/binding';

/** Tells whether the options of a request lead to an origin that a credential may go to. */
export type AgentScope = (options: RequestOptions) => boolean;

/**
 * Returns the scope in the terms of an agent, which knows no URL: host and port of each connection.
 * Asked for every request, and so for every hop of a redirect.
 */
export function agentScope(scope: OriginScope): AgentScope {
  const known = scope.origins
    .map((origin) => new URL(origin))
    .filter(({ protocol }) => protocol === 'https:')
    .map(({ hostname, port }) => ({ host: withoutBrackets(hostname), port: Number(port || 443) }));
  return ({ host, port, socketPath }) => {
    // A socket path leads past host and port, to whoever listens there.
    if (socketPath) return scope.includesSocket(socketPath);
    for (const origin of known) {
      if (origin.host === host && origin.port === Number(port)) return true;
    }
    return isSpelledOtherwise(scope, String(host), String(port));
  };
}

/** Asks the scope itself, which knows that `LOCALHOST` is `localhost`. */
function isSpelledOtherwise(scope: OriginScope, host: string, port: string): boolean {
  // What would end the host inside a URL is no part of a host name: the connection would go elsewhere, if anywhere.
  if (/[/?#@\\]/.test(host)) return false;
  const hostname = host.includes(':') ? `[${withoutBrackets(host)}]` : host;
  return scope.includes(`https://${hostname}:${port}`);
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
