/** The binding alone, for programs that count milliseconds of start-up: the index loads a container for its module maker. */
export { type BindHttp2Options, bindHttp2 } from './bind-http2.js';
export { type BindHttpsOptions, bindHttps } from './bind-https.js';
export { type ConnectWebSocketOptions, connectWebSocket } from './connect-web-socket.js';
export type { ConnectionCounts, DrainMessage } from './connection-drain.js';
export {
  CredentialAgent,
  type CredentialAgentOptions,
  http2ConnectorOf,
  isCredentialAgent,
} from './credential-agent.js';
export { homeAgent } from './home-agent.js';
export type { Http2Client, Http2RequestOptions } from './http2-client.js';
export { type Http2Connector, negotiateProtocol } from './http2-connector.js';
export type { Http2Response } from './http2-exchange.js';
export { Http2SessionPool } from './http2-session-pool.js';
export type { HttpsClient, HttpsRequestOptions } from './https-client.js';
export { optionsOfNodeAgent } from './node-agent.js';
export type { HttpsRequestBody } from './request-body.js';
export { redactAuthorization, sealAuthorization } from './sealed-authorization.js';
export { sealingAgent } from './sealing-agent.js';
export { SecretHeader } from './secret-header.js';
export { UpgradeRefusedError } from './web-socket-handshake.js';
export type { WebSocketInit, WebSocketLike } from './web-socket-shape.js';
