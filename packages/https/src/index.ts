export type { ConnectionCounts, DrainMessage } from './agent/connection-drain.js';
export {
  CredentialAgent,
  type CredentialAgentOptions,
  http2ConnectorOf,
  isCredentialAgent,
  trustOf,
  tunnelOf,
} from './agent/credential-agent.js';
export { homeAgent } from './agent/home-agent.js';
export { type Http2Connector, negotiateProtocol } from './agent/http2-connector.js';
export { type FailedRequest, goesAgain, isBroken } from './agent/kept-connection.js';
export { optionsOfNodeAgent } from './agent/node-agent.js';
export { plainTunnelAgent } from './agent/plain-tunnel-agent.js';
export { redactHeaders, sealHeaders } from './agent/sealed-headers.js';
export { sealingAgent } from './agent/sealing-agent.js';
export { noteSecretName, SecretHeader, secretNames } from './agent/secret-header.js';
export { type BindHttpsOptions, bindHttps } from './client/bind-https.js';
export type { HttpsClient, HttpsRequestOptions } from './client/https-client.js';
export type { HttpsRequestBody } from './client/request-body.js';
export { type BindHttp2Options, bindHttp2 } from './http2/bind-http2.js';
export {
  Http2AgentPool,
  type Http2AgentPoolParts,
} from './http2/http2-agent-pool.js';
export { endsWithItsHead, Http2Call, type Http2CallOptions } from './http2/http2-call.js';
export type { Http2Client, Http2RequestOptions } from './http2/http2-client.js';
export type { Http2Response } from './http2/http2-exchange.js';
export {
  endedWithoutAnswer,
  type FailedStream,
  fateOf,
  type RequestFate,
} from './http2/http2-failure.js';
export type { Http2Place } from './http2/http2-place.js';
export { Http2SessionPool, type Http2SessionPoolOptions } from './http2/http2-session-pool.js';
export { type HttpsModuleOptions, httpsClientToken, httpsModule } from './module.js';
export { ProxyTunnels, type TunnelOptions } from './tunnel/proxy-tunnels.js';
export type { TunnelTarget } from './tunnel/tunnel-target.js';
export { type ConnectWebSocketOptions, connectWebSocket } from './web-socket/connect-web-socket.js';
export { UpgradeRefusedError } from './web-socket/web-socket-handshake.js';
export type { WebSocketInit, WebSocketLike } from './web-socket/web-socket-shape.js';
