import type { Socket } from 'node:net';
import { isCredentialError, type ProxyAddress, quoted } from '@keyturn/core/binding';
import { inBrackets, proxyFailure, wantedLogin } from './proxy-failure.js';
import { untilDone } from './socket-events.js';
import { nameOf, type TunnelTarget } from './tunnel-target.js';

/** More than any proxy says before the tunnel is open, error pages included. Bytes. */
const maxHeadBytes = 65_536;

const endOfHead = '\r\n\r\n';

/**
 * Has an http proxy, to which `socket` leads, open a tunnel to `target` by CONNECT.
 *
 * Not by a request of node:http: whoever listens to its channels, or stands in its place, would be shown the password.
 * @throws {CredentialError} ERR_PROXY.
 */
export async function connectByHttp(
  socket: Socket,
  proxy: ProxyAddress,
  target: TunnelTarget,
): Promise<void> {
  const name = nameOf(target);
  socket.write(`CONNECT ${name} HTTP/1.1\r\nHost: ${name}\r\n${authorizationFor(proxy)}\r\n`);
  const status = await readStatus(socket, proxy);
  if (status >= 200 && status < 300) return;
  throw proxyFailure(
    proxy,
    status === 407
      ? `answered CONNECT with status 407: ${wantedLogin(proxy)}`
      : `answered CONNECT to ${quoted(name)} with status ${status}`,
  );
}

function authorizationFor(proxy: ProxyAddress): string {
  const login = proxy.login();
  if (login === undefined) return '';
  const plain = Buffer.from(`${login.user}:${login.password}`);
  return `Proxy-Authorization: Basic ${plain.toString('base64')}\r\n`;
}

async function readStatus(socket: Socket, proxy: ProxyAddress): Promise<number> {
  const ended = (error?: unknown): Error =>
    proxyFailure(proxy, `closed the connection before it answered CONNECT${inBrackets(error)}`);
  let status: number | undefined;
  try {
    status = await untilDone<number | undefined>(socket, ended, (done, fail) => {
      const close = (): void => fail(ended());
      const stopReading = readHead(socket, done);
      socket.on('end', close);
      return () => {
        stopReading();
        socket.off('end', close);
      };
    });
  } catch (error) {
    throw isCredentialError(error) ? error : ended(error);
  }
  if (status !== undefined) return status;
  throw proxyFailure(proxy, 'answered CONNECT with something that is no HTTP');
}

/**
 * Calls `done` with the status of the answer that comes, once its head is whole; undefined where it is none of HTTP.
 *
 * Not by `data`, which would leave the socket flowing or paused for whoever reads on.
 */
function readHead(socket: Socket, done: (status: number | undefined) => void): () => void {
  let head = Buffer.alloc(0);
  const read = (): void => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(endOfHead);
      if (end === -1 && head.length <= maxHeadBytes) continue;
      const rest = head.subarray(end === -1 ? head.length : end + endOfHead.length);
      if (rest.length > 0) socket.unshift(rest);
      // One without an end is none, however it begins.
      done(end === -1 ? undefined : statusOf(head));
      return;
    }
  };
  socket.on('readable', read);
  return () => socket.off('readable', read);
}

/** Undefined where that is no answer of HTTP. */
function statusOf(head: Buffer): number | undefined {
  const [, status] = /^HTTP\/1\.[01] (\d{3})(?=[ \r\n])/.exec(head.toString('latin1')) ?? [];
  return status === undefined ? undefined : Number(status);
}
