import type { AgentOptions } from 'node:https';
import {
  type Binding,
  type BindOptions,
  type CredentialManager,
  checkBindOptions,
  checkManager,
  memberOf,
  type OptionUse,
  originScope,
  scopeThrough,
} from '@keyturn/core/binding';
import { closeIdle } from '../agent/connection-drain.js';
import { CredentialAgent } from '../agent/credential-agent.js';
import { homeOptions } from '../agent/home-agent.js';
import { PlainAgent } from '../agent/plain-agent.js';
import { plainTunnelAgent } from '../agent/plain-tunnel-agent.js';
import { type HttpsClient, NodeHttpsClient } from './https-client.js';

export interface BindHttpsOptions extends BindOptions {
  /** For Node's own agent: `maxSockets`, `timeout`, … `keepAlive` is true by default here. */
  readonly agent?: AgentOptions | undefined;
}

const optionUse: OptionUse<BindHttpsOptions> = {
  origins: 'taken',
  tls: 'taken',
  replay: 'taken',
  allowInsecure: 'taken',
  drainTimeoutMs: 'taken',
  proxy: 'taken',
  refusedStatuses: 'taken',
  agent: 'taken',
};

/**
 * Makes a client of node:https that authenticates with the credential of `manager`.
 *
 * A request in plain http, which goes to loopback or where `allowInsecure` lets it, carries the token; without
 * `allowInsecure` it visits no proxy, whatever `proxy`, `agent` or the environment say.
 *
 * It has no base URL, so `origins` is required: `bindHttps(credentials, { origins: [server], tls })`.
 * @throws {TypeError} naming the option that is unknown or has a nonsensical value.
 * @throws {CredentialError} ERR_ORIGIN_UNKNOWN without `origins`; ERR_ORIGIN_INSECURE.
 */
export function bindHttps(
  manager: CredentialManager,
  options: BindHttpsOptions = {},
): Binding<HttpsClient> {
  checkManager('bindHttps', manager);
  const { replay, ...checked } = checkBindOptions('bindHttps', options, optionUse);
  const scope = scopeThrough(originScope(checked), socketPathIn(checked.agent));
  const agent = new CredentialAgent(manager, checked);
  const plainAgent = makePlainAgent(checked);
  const homeAgent = checked.allowInsecure
    ? plainAgent
    : new PlainAgent({ keepAlive: true, ...homeOptions(checked.agent) });
  const client = new NodeHttpsClient({
    manager,
    scope,
    agent,
    plainAgent,
    homeAgent,
    replay,
    refusedStatuses: checked.refusedStatuses,
  });
  return {
    client,
    supports: { token: true, clientCertificate: true, replay },
    unbind: () => {
      client.unbind();
      agent.unbind();
      for (const each of [plainAgent, homeAgent]) closeIdle(each, () => true);
    },
  };
}

function makePlainAgent(options: BindHttpsOptions): PlainAgent {
  const agent = { keepAlive: true, ...options.agent };
  return plainTunnelAgent(options, agent) ?? new PlainAgent(agent);
}

function socketPathIn(options: AgentOptions | undefined): unknown {
  return options && memberOf(options, 'socketPath');
}
