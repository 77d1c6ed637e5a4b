import { Metadata, status } from '@grpc/grpc-js';
import { bindGrpc } from '@keyturn/grpc';
import { startGrpcServer } from './grpc-server.js';
import { askGrpc, LoadServiceClient } from './grpc-service.js';
import type { Answer, LoadClient } from './load-client.js';

export const grpcClient: LoadClient = {
  name: 'grpc-js',
  connects: 'once',
  startServer: startGrpcServer,
  bind: ({ manager, server, options, ca }) => {
    const { client, unbind } = bindGrpc(manager, {
      ...options,
      target: new URL(server.url).host,
      tls: { ca: ca ?? server.ca },
    });
    const service = new LoadServiceClient(client.target, client.credentials, client.options);
    return {
      ask: async ({ path, body = '' }) => answered(askGrpc(service, { path, body })),
      follow: (path) => service.follow({ path, body: '' }, new Metadata()),
      close: () => {
        unbind();
        service.close();
      },
    };
  },
};

/** What stands for a status of HTTP: UNAUTHENTICATED is the one that counts. */
export async function answered(whole: Promise<string>): Promise<Answer> {
  try {
    return { status: 200, text: await whole };
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === status.UNAUTHENTICATED) return { status: 401, text: '' };
    throw error;
  }
}
