import { grpcClient } from './grpc-client.js';
import { http2Client } from './http2-client.js';
import type { LoadClient } from './load-client.js';
import {
  axiosClient,
  axiosFetchClient,
  axiosHttp2Client,
  gotClient,
  gotHttp2Client,
  httpsClient,
} from './node-clients.js';
import { fetchClient, undiciClient } from './undici-clients.js';
import { webSocketAgentClient, webSocketClient } from './web-socket-clients.js';

/** Every client that presents a client certificate by itself. */
export const loadClients: readonly LoadClient[] = [
  httpsClient,
  axiosClient,
  gotClient,
  undiciClient,
  fetchClient,
  http2Client,
  axiosHttp2Client,
  gotHttp2Client,
  grpcClient,
  webSocketAgentClient,
  webSocketClient,
];

/** Ways to use a client in which its binding carries the token only, and the certificate is somebody else's. */
export const tokenClients: readonly LoadClient[] = [axiosFetchClient];
