import { agentClient } from './agent-client.js';
import { axiosClient } from './axios-client.js';
import { fetchClients } from './fetch-clients.js';
import { gotClient } from './got-client.js';
import { grpcClient } from './grpc-client.js';
import type { HostileClient } from './hostile-client.js';
import { http2Client } from './http2-client.js';
import { httpsClient } from './https-client.js';
import { undiciClient } from './undici-client.js';
import { wsClient } from './ws-client.js';

/** Every client that the tables of this folder have a column for. */
export const hostileClients: readonly HostileClient[] = [
  axiosClient,
  gotClient,
  httpsClient,
  agentClient,
  http2Client,
  wsClient,
  undiciClient,
  ...fetchClients,
  grpcClient,
];
