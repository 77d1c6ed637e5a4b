import type { ClientHttp2Session, OutgoingHttpHeaders } from 'node:http2';
import type { Duplex } from 'node:stream';
import { type Http2Connector, SecretHeader } from '@keyturn/https';

const sealed = new WeakMap<Http2Connector, Http2Connector>();

/**
 * Returns `connect`, but that the sessions over its connections keep the Authorization of their requests to themselves. The
 * same for the same: axios tells sessions apart by it.
 *
 * axios makes text of every header and hands out no session, and a session leads from one answer to the heads of all
 * requests that are under way.
 */
export function sealSessions(connect: Http2Connector): Http2Connector {
  const known = sealed.get(connect);
  if (known !== undefined) return known;
  const sealing: Http2Connector = (authority, options) => {
    const socket = connect(authority, options);
    whenSessionIsMade(socket, sealRequests);
    return socket;
  };
  sealed.set(connect, sealing);
  return sealing;
}

/** Node keeps the session with its socket before it listens to this one, and before anybody can ask for a request. */
function whenSessionIsMade(socket: Duplex, then: (session: ClientHttp2Session) => void): void {
  const look = (): void => {
    const session = sessionOver(socket);
    if (session === undefined) return;
    socket.off('newListener', look);
    then(session);
  };
  socket.on('newListener', look);
}

function sessionOver(socket: Duplex): ClientHttp2Session | undefined {
  // Under a symbol by the sources of Node, and under a string by mistake.
  const own = Reflect.ownKeys(socket).map((name) => Reflect.get(socket, name));
  return own.find(isSession) as ClientHttp2Session | undefined;
}

function isSession(value: unknown): boolean {
  const { goaway, request } = (value ?? {}) as Partial<ClientHttp2Session>;
  return typeof goaway === 'function' && typeof request === 'function';
}

function sealRequests(session: ClientHttp2Session): void {
  const { request } = session;
  Object.defineProperty(session, 'request', {
    configurable: true,
    writable: true,
    value: (headers: OutgoingHttpHeaders, ...rest: [object?]) =>
      request.call(session, withSecret(headers), ...rest),
  });
}

/** Node makes text of a header when it sends it, and keeps it as it was given. */
function withSecret(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  for (const name of Object.keys(headers)) {
    const value: unknown = headers[name];
    if (name.toLowerCase() === 'authorization' && typeof value === 'string') {
      return { ...headers, [name]: new SecretHeader(value) as unknown as string };
    }
  }
  return headers;
}
