import { isIP, type Socket } from 'node:net';
import {
  type CredentialError,
  isCredentialError,
  type ProxyAddress,
  type ProxyLogin,
  quoted,
} from '@keyturn/core/binding';
import { inBrackets, proxyFailure, wantedLogin } from './proxy-failure.js';
import { untilDone } from './socket-events.js';
import { nameOf, type TunnelTarget } from './tunnel-target.js';

const version = 5;
const loginVersion = 1;
const withoutLogin = 0;
const byLogin = 2;
const noMethod = 0xff;
const addressKinds = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** What RFC 1928 has a proxy say instead of "connected", from 1 on. */
const reasons = [
  'it has failed itself',
  'its rules forbid it',
  'the network cannot be reached',
  'the host cannot be reached',
  'the server refuses connections',
  'it has taken too long',
  'it does not do that',
  'it knows no such address',
];

/**
 * Has a SOCKS5 proxy, to which `socket` leads, connect it to `target` (RFC 1928, and RFC 1929 for the login). Names are looked up by the proxy.
 * @throws {CredentialError} ERR_PROXY.
 */
export async function connectBySocks(
  socket: Socket,
  proxy: ProxyAddress,
  target: TunnelTarget,
): Promise<void> {
  const login = proxy.login();
  const methods = login === undefined ? [withoutLogin] : [withoutLogin, byLogin];
  socket.write(Buffer.from([version, methods.length, ...methods]));
  const [spoken, method = noMethod] = await read(socket, proxy, 2);
  if (spoken !== version) throw noSocks(proxy);
  if (method === noMethod) throw proxyFailure(proxy, `does not let us in: ${wantedLogin(proxy)}`);
  if (!methods.includes(method)) throw noSocks(proxy);
  if (method === byLogin && login !== undefined) await logIn(socket, proxy, login);
  socket.write(Buffer.from([version, 1, 0, ...addressOf(target, proxy), ...portOf(target)]));
  const [again, reply = 1, , kind] = await read(socket, proxy, 4);
  if (again !== version) throw noSocks(proxy);
  if (reply !== 0) {
    const reason = reasons[reply - 1] ?? `for reason ${reply}`;
    throw proxyFailure(proxy, `refuses to connect to ${quoted(nameOf(target))}: ${reason}`);
  }
  await read(socket, proxy, (await boundLength(socket, proxy, kind)) + 2);
}

async function logIn(socket: Socket, proxy: ProxyAddress, login: ProxyLogin): Promise<void> {
  const [user, password] = [Buffer.from(login.user), Buffer.from(login.password)];
  const lengths = [Buffer.from([user.length]), Buffer.from([password.length])] as const;
  socket.write(
    Buffer.concat([Buffer.from([loginVersion]), lengths[0], user, lengths[1], password]),
  );
  const [, status] = await read(socket, proxy, 2);
  if (status !== 0) throw proxyFailure(proxy, `does not let us in: ${wantedLogin(proxy)}`);
}

/** How long the address is from which the proxy connects. Bytes. */
async function boundLength(
  socket: Socket,
  proxy: ProxyAddress,
  kind: number | undefined,
): Promise<number> {
  if (kind === addressKinds.ipv4) return 4;
  if (kind === addressKinds.ipv6) return 16;
  if (kind !== addressKinds.name) throw noSocks(proxy);
  const [length = 0] = await read(socket, proxy, 1);
  return length;
}

function noSocks(proxy: ProxyAddress): CredentialError {
  return proxyFailure(proxy, 'gave an answer that is no SOCKS5');
}

function portOf({ port }: TunnelTarget): number[] {
  return [port >> 8, port & 0xff];
}

function addressOf({ host }: TunnelTarget, proxy: ProxyAddress): number[] {
  const family = isIP(host);
  if (family === 4) return [addressKinds.ipv4, ...host.split('.').map(Number)];
  if (family === 6) return [addressKinds.ipv6, ...ipv6Bytes(host)];
  const name = Buffer.from(host);
  if (name.length <= 255) return [addressKinds.name, name.length, ...name];
  throw proxyFailure(proxy, 'cannot be told the name of the host, which is too long for SOCKS5');
}

function ipv6Bytes(address: string): number[] {
  // A URL writes what comes of IPv4 as the rest.
  const [before = '', behind] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = [before, behind ?? ''].map((text) => (text === '' ? [] : text.split(':')));
  const [first = [], last = []] = groups;
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** Reads that much, and leaves the rest to whoever reads on. */
async function read(socket: Socket, proxy: ProxyAddress, count: number): Promise<Buffer> {
  const ended = (error?: unknown): Error =>
    proxyFailure(proxy, `closed the connection before it had answered${inBrackets(error)}`);
  try {
    return await untilDone<Buffer>(socket, ended, (done, fail) => {
      const close = (): void => fail(ended());
      const look = (): void => {
        const bytes = socket.read(count) as Buffer | null;
        if (bytes?.length === count) done(bytes);
        else if (bytes !== null) close();
      };
      socket.on('readable', look);
      socket.on('end', close);
      // It may be there already.
      queueMicrotask(look);
      return () => {
        socket.off('readable', look);
        socket.off('end', close);
      };
    });
  } catch (error) {
    throw isCredentialError(error) ? error : ended(error);
  }
}
