import { type CredentialSource, createCredentialManager } from '@keyturn/core';
import type { BindOptions } from '@keyturn/core/binding';
import got, { type Got, Options } from 'got';
import { onTestFinished } from 'vitest';
import {
  type Http2ServerOptions,
  type Http2TestServer,
  startHttp2Server,
} from '../../https/test/http2-scene.js';
import { bindGot } from '../src/index.js';

export async function startServer(options: Http2ServerOptions = {}): Promise<Http2TestServer> {
  const server = await startHttp2Server(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

export interface Http2Scene {
  readonly server: Http2TestServer;
  readonly client: Got;
  /** A new credential. */
  rotate(): Promise<unknown>;
  unbind(): void;
}

export async function setScene(
  source: CredentialSource,
  serverOptions: Http2ServerOptions = {},
  options: BindOptions = {},
): Promise<Http2Scene> {
  const server = await startServer(serverOptions);
  const manager = createCredentialManager({ source });
  onTestFinished(() => manager.close());
  const bare = got.extend({ prefixUrl: server.url, http2: true, retry: { limit: 0 } });
  const { client, unbind } = bindGot(bare, manager, { tls: { ca: server.ca }, ...options });
  return { server, client, rotate: () => manager.refresh(), unbind };
}

export const seenBy = ({ requests }: Http2TestServer): (string | undefined)[][] =>
  requests.map(({ token, commonName }) => [token, commonName]);

export const sessionsOf = ({ requests }: Http2TestServer): number =>
  new Set(requests.map(({ session }) => session)).size;

/** Whether this got leaves its sessions to http2-wrapper, as 14 and 15 do. */
export function usesHttp2Wrapper(): boolean {
  const options = new Options('https://localhost', { http2: true });
  const { agent } = options.createNativeRequestOptions() as {
    readonly agent: { readonly http2: object };
  };
  return 'tlsSessionCache' in agent.http2;
}
