import type { SecretClient } from '../secret-client.js';
import { axiosClients } from './axios.js';
import { gotClients } from './got.js';
import { grpcClients } from './grpc.js';
import { nodeClients } from './node.js';
import { undiciClients } from './undici.js';

export const allClients: readonly SecretClient[] = [
  ...axiosClients,
  ...gotClients,
  ...nodeClients,
  ...undiciClients,
  ...grpcClients,
];
