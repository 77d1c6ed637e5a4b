import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Relay, TestProxyLogin } from './test-proxy.js';

const version = 5;
const withoutLogin = 0;
const byLogin = 2;
const unacceptable = 0xff;
const notAllowed = 2;
const nowhere = [1, 0, 0, 0, 0, 0, 0];

/** Serves one client of a SOCKS5 proxy (RFC 1928, RFC 1929): connects it, or says why not. */
export async function serveSocks(client: Socket, relay: Relay): Promise<void> {
  if (relay.answer === 'silence') {
    client.resume();
    return;
  }
  const [, count = 0] = await read(client, 2);
  const methods = await read(client, count);
  const method = relay.wantsLogin ? byLogin : withoutLogin;
  if (!methods.includes(method)) {
    client.end(Buffer.from([version, unacceptable]));
    return;
  }
  client.write(Buffer.from([version, method]));
  const login = relay.wantsLogin ? await readLogin(client) : undefined;
  if (!relay.letsIn({ login })) {
    client.end(Buffer.from([1, 1]));
    return;
  }
  if (login !== undefined) client.write(Buffer.from([1, 0]));
  const tunnel = relay.ask(await readTarget(client), login, client);
  relay.note(`SOCKS5 ${tunnel.target}`);
  if (relay.answer === 'refuse') client.end(Buffer.from([version, notAllowed, 0, ...nowhere]));
  else relay.open(tunnel, client, () => client.write(Buffer.from([version, 0, 0, ...nowhere])));
}

async function readLogin(client: Socket): Promise<TestProxyLogin> {
  await read(client, 1);
  const user = await readText(client);
  return { user, password: await readText(client) };
}

async function readTarget(client: Socket): Promise<string> {
  const [, , , kind] = await read(client, 4);
  const host =
    kind === 3 ? await readText(client) : addressOf(await read(client, kind === 1 ? 4 : 16));
  return `${host}:${(await read(client, 2)).readUInt16BE()}`;
}

function addressOf(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    bytes.readUInt16BE(index * 2).toString(16),
  );
  return `[${groups.join(':')}]`;
}

async function readText(client: Socket): Promise<string> {
  const [length = 0] = await read(client, 1);
  return length === 0 ? '' : (await read(client, length)).toString();
}

async function read(client: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes = client.read(count) as Buffer | null;
    if (bytes?.length === count) return bytes;
    if (client.readableEnded || client.destroyed) throw new Error('The client has gone.');
    await Promise.race([once(client, 'readable'), once(client, 'close')]);
  }
}
