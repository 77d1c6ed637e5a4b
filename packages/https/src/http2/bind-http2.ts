import type { SecureClientSessionOptions } from 'node:http2';
import {
  type Binding,
  type BindOptions,
  type CredentialManager,
  checkBindOptions,
  checkManager,
  type OptionUse,
  originScope,
} from '@keyturn/core/binding';
import { type Http2Client, NodeHttp2Client } from './http2-client.js';
import { Http2Origins } from './http2-origins.js';

export interface BindHttp2Options extends BindOptions {
  /** For Node's own sessions: `settings`, `peerMaxConcurrentStreams`, `maxSessionMemory` … */
  readonly session?: SecureClientSessionOptions | undefined;
}

const optionUse: OptionUse<BindHttp2Options> = {
  origins: 'taken',
  tls: 'taken',
  replay: 'taken',
  allowInsecure: 'taken',
  drainTimeoutMs: 'taken',
  proxy: 'taken',
  refusedStatuses: 'taken',
  session: 'taken',
};

/**
 * Makes a client of node:http2 that authenticates with the credential of `manager`: one session for each origin and
 * certificate generation, whose streams each carry the current token.
 *
 * What the server has certainly not processed (REFUSED_STREAM, GOAWAY) is sent again, up to six times, with the newest
 * credential; where it takes few streams at a time, another session is opened. When the certificate rotates, new requests get a new session; the old one closes after its last stream. It has no base
 * URL, so `origins` is required: `bindHttp2(credentials, { origins: [server], tls })`.
 * @throws {TypeError} naming the option that is unknown or has a nonsensical value.
 * @throws {CredentialError} ERR_ORIGIN_UNKNOWN without `origins`; ERR_ORIGIN_INSECURE.
 */
export function bindHttp2(
  manager: CredentialManager,
  options: BindHttp2Options = {},
): Binding<Http2Client> {
  checkManager('bindHttp2', manager);
  const checked = checkBindOptions('bindHttp2', options, optionUse);
  const { replay, refusedStatuses, tls, proxy, allowInsecure, drainTimeoutMs } = checked;
  const scope = originScope(checked);
  const origins = new Http2Origins({
    manager,
    scope,
    tls,
    proxy,
    allowInsecure,
    sessionOptions: { ...checked.session },
    drainTimeoutMs,
  });
  const client = new NodeHttp2Client({ manager, scope, origins, replay, refusedStatuses });
  return {
    client,
    supports: { token: true, clientCertificate: true, replay },
    unbind: () => client.unbind(),
  };
}
