import {
  type Binding,
  type BindOptions,
  type CredentialManager,
  checkBindOptions,
  checkManager,
  isTrustSource,
  type OptionUse,
  originScope,
  shadowInherited,
} from '@keyturn/core/binding';
import {
  CredentialAgent,
  type CredentialAgentOptions,
  optionsOfNodeAgent,
  plainTunnelAgent,
} from '@keyturn/https';
import { BoundRequests } from './bound-requests.js';
import type { GotLike } from './got-shape.js';
import type { BoundAgents } from './http2-streams.js';

const optionUse: OptionUse<BindOptions> = {
  origins: 'taken',
  tls: 'taken',
  replay: 'taken',
  allowInsecure: 'taken',
  drainTimeoutMs: 'taken',
  proxy: 'taken',
  refusedStatuses: 'taken',
};

/**
 * Returns `client` extended: the current credential goes on every request to its origins, the token as a header, the
 * client certificate on the connection. A request that the server refuses is sent once more with the next credential.
 *
 * `client` itself stays as it was. An Authorization header, `username` or `password` of the caller's own wins, wherever
 * it is set, and so does an `agent.https` given with a request. The refused answer of a stream, or of a request whose
 * body is one, is passed on; the next request carries a new credential. `timeout.request` also bounds each wait for a
 * credential.
 *
 * A chain of redirects that began out of scope, or has left it, stays without the credential to its end. In plain http
 * without `allowInsecure` a request with the token goes straight to loopback, past every proxy; a Unix socket has to be
 * named in `origins`.
 *
 * With `http2` each certificate has sessions of its own, which are ours in every version of got: the old ones close after their
 * last stream when the certificate rotates, and `drainTimeoutMs` cuts them. What the server has certainly not processed is sent
 * again, up to six times. An `agent.http2`, `request`, `h2session` or `createConnection` of the caller's own is left alone.
 *
 * An `agent.https` in the defaults of `client` lends its options where it is of Node's own class; one of another class
 * stays in place, and `supports.clientCertificate` is then false.
 * @throws {TypeError} naming the option that is unknown or has a nonsensical value, or when `client` is no got client.
 * @throws {CredentialError} ERR_ORIGIN_UNKNOWN without `origins` and without a `prefixUrl`; ERR_ORIGIN_INSECURE.
 */
export function bindGot<C extends GotLike>(
  client: C,
  manager: CredentialManager,
  options: BindOptions = {},
): Binding<C> {
  if (typeof client?.extend !== 'function' || client.defaults?.options === undefined) {
    throw new TypeError('bindGot takes a got client, such as got.extend() returns.');
  }
  checkManager('bindGot', manager);
  const checked = checkBindOptions('bindGot', options, optionUse);
  const { prefixUrl, agent } = client.defaults.options;
  const scope = originScope(checked, prefixUrl);
  const { tls, proxy, allowInsecure, drainTimeoutMs, replay, refusedStatuses } = checked;
  const inherited = inheritedOptions(agent.https);
  if (inherited === undefined && isTrustSource(tls?.ca)) throw new TypeError(strangersTrust);
  if (inherited === undefined && proxy !== undefined) throw new TypeError(strangersProxy);
  const limits = { allowInsecure, drainTimeoutMs };
  const settings = { header: false, origins: scope.origins, tls, proxy, ...limits };
  const agents = inherited && makeAgents(manager, { ...settings, agent: inherited });
  const bound = new BoundRequests({
    manager,
    scope,
    replay,
    refusedStatuses,
    agents,
    drainTimeoutMs,
    allowInsecure,
  });
  const ours = {
    handlers: [bound.handler],
    ...(agents && {
      agent: shadowInherited({ https: agents.credential, ...plainAgentFor(checked, agent) }),
    }),
  };
  return {
    client: client.extend(ours as never) as C,
    supports: { token: true, clientCertificate: agents !== undefined, replay },
    unbind: () => {
      bound.unbind();
      agents?.credential.unbind();
    },
  };
}

const strangersTrust =
  'Option "tls.ca" of bindGot cannot be a trust source where "agent.https" is an agent of another class: that makes its connections itself, and trusts whom it was made with. Leave the agent out, or give it its authorities.';

const strangersProxy =
  'Option "proxy" of bindGot says nothing where "agent.https" is an agent of another class, which makes its connections itself. Leave the agent out, or tell it the proxy.';

/** What goes in clear text goes through the proxy as well, unless the client has an agent of its own for that. */
function plainAgentFor(options: BindOptions, given: { readonly http?: unknown }): object {
  const http = given.http ? undefined : plainTunnelAgent(options);
  return http === undefined ? {} : { http };
}

/** The agents of a binding: one that presents the certificate, one for requests that say that nobody is asking. */
function makeAgents(manager: CredentialManager, options: CredentialAgentOptions): BoundAgents {
  const agents = {
    credential: new CredentialAgent(manager, options),
    nobody: new CredentialAgent(manager, options),
  };
  agents.nobody.unbind();
  return agents;
}

/** `false` is got's way to say: a new connection for each request. */
function inheritedOptions(agent: unknown): CredentialAgentOptions['agent'] {
  return agent === false ? { keepAlive: false } : optionsOfNodeAgent(agent);
}
