/** Ways to rotate the certificate of HTTP/2 sessions that lose streams, or do not rotate it. */

import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { createSecureContext } from 'node:tls';
import type { Credential, CredentialManager } from '@keyturn/core';
import axios from 'axios';
import { wholeText } from './http2-client.js';
import { startHttp2Server } from './http2-server.js';
import type { LoadServer } from './load-server.js';
import { methodOf } from './node-clients.js';
import type { Complaint } from './verdict.js';
import { followNothing, type WrongClient } from './wrong-client.js';

const identityOf = ({ clientCertificate }: Credential) => ({
  cert: clientCertificate?.certificate,
  key: clientCertificate?.privateKey,
});

/** A new session for each generation; what becomes of the old one is up to `retire`. */
function replaced(retire: (old: ClientHttp2Session) => void) {
  return (manager: CredentialManager, server: LoadServer) => {
    let session: ClientHttp2Session | undefined;
    manager.on('rotated', () => {
      if (session !== undefined) retire(session);
      session = undefined;
    });
    return (credential: Credential): ClientHttp2Session => {
      if (session !== undefined) return session;
      session = connect(server.url, { ca: server.ca, ...identityOf(credential) });
      session.on('error', () => {});
      return session;
    };
  };
}

/** The session of the start, for ever. */
function kept(_: CredentialManager, server: LoadServer) {
  let session: ClientHttp2Session | undefined;
  return (credential: Credential): ClientHttp2Session =>
    (session ??= connect(server.url, { ca: server.ca, ...identityOf(credential) }));
}

const wrong = (name: string, finds: Complaint, make: ReturnType<typeof replaced>): WrongClient => ({
  name,
  finds,
  startServer: startHttp2Server,
  bind: ({ manager, server }) => {
    const sessionFor = make(manager, server);
    const made = new Set<ClientHttp2Session>();
    return {
      ask: async ({ path, body }) => {
        const credential = await manager.current();
        const session = sessionFor(credential);
        made.add(session);
        const stream = session.request({
          ':method': methodOf(body),
          ':path': path,
          authorization: `Bearer ${credential.token}`,
        });
        stream.end(body);
        return { status: await statusOf(stream), text: await wholeText(stream) };
      },
      follow: followNothing,
      close: () => {
        for (const session of made) session.destroy();
      },
    };
  },
});

/** A stream whose session is destroyed may close without a word. */
async function statusOf(stream: ClientHttp2Stream): Promise<number> {
  const closed = once(stream, 'close').then(() => {
    throw new Error('closed');
  });
  const [headers] = await Promise.race([once(stream, 'response'), closed]);
  closed.catch(() => {});
  return Number(headers[':status']);
}

/** Axios keeps its sessions by their options, compared in depth: two secure contexts look the same to it. */
const contextInAxios: WrongClient = {
  name: 'axios over HTTP/2 with a secure context',
  finds: 'stale',
  startServer: startHttp2Server,
  bind: ({ manager, server }) => ({
    ask: async ({ path, body }) => {
      const credential = await manager.current();
      const secureContext = createSecureContext({ ca: server.ca, ...identityOf(credential) });
      const { status, data } = await axios.request<string>({
        url: server.url + path,
        method: methodOf(body),
        data: body,
        headers: { Authorization: `Bearer ${credential.token}` },
        httpVersion: 2,
        http2Options: { secureContext } as object,
        responseType: 'text',
        transformResponse: (text: unknown) => text,
        proxy: false,
      });
      return { status, text: data };
    },
    follow: followNothing,
    close: () => {},
  }),
};

export const wrongSessions: readonly WrongClient[] = [
  wrong(
    'an HTTP/2 session that is closed at once',
    'failed',
    replaced((old) => old.close()),
  ),
  wrong(
    'an HTTP/2 session that is destroyed',
    'failed',
    replaced((old) => old.destroy()),
  ),
  wrong('the HTTP/2 session of the start', 'stale', kept),
  contextInAxios,
];
