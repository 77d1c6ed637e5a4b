import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether there is a server to test with; what is skipped says so. */
export const hasRedis: boolean = spawnSync('redis-server', ['--version']).status === 0;

export interface RedisServer {
  readonly port: number;
  /** Opens a connection of its own. */
  client(): RedisClient;
  close(): Promise<void>;
}

export interface RedisClient {
  /** How often it has asked the server. */
  readonly trips: number;
  command(...parts: string[]): Promise<unknown>;
  close(): void;
}

/** Starts a server on a free port of this machine, with nothing in it. */
export async function startRedis(...options: readonly string[]): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-redis-'));
  const port = await freePort();
  const quiet = ['--save', '', '--appendonly', 'no', '--loglevel', 'warning', '--dir', folder];
  const place = ['--port', String(port), '--bind', '127.0.0.1'];
  const child = spawn('redis-server', [...place, ...quiet, ...options], { stdio: 'ignore' });
  const clients: RedisClient[] = [];
  const client = (): RedisClient => {
    const opened = connectTo(port);
    clients.push(opened);
    return opened;
  };
  const server: RedisServer = {
    port,
    client,
    close: async () => {
      for (const each of clients) each.close();
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await untilReady(port);
  return server;
}

/** Returns a port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function untilReady(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const client = connectTo(port);
    const isReady = await client.command('PING').then(
      () => true,
      () => false,
    );
    client.close();
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('redis-server did not start.');
}

/** As much of a client as a store needs: it writes commands, and reads replies in their order. */
function connectTo(port: number): RedisClient {
  const waiting: { resolve(value: unknown): void; reject(error: unknown): void }[] = [];
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = Buffer.alloc(0);
  let failure: Error | undefined;
  let trips = 0;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const each of waiting.splice(0)) each.reject(failure);
  };
  socket.on('error', fail);
  socket.on('close', () => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const reply = readReply(received, 0);
      if (reply === undefined) return;
      received = received.subarray(reply.end);
      const next = waiting.shift();
      if (reply.value instanceof Error) next?.reject(reply.value);
      else next?.resolve(reply.value);
    }
  });
  return {
    get trips() {
      return trips;
    },
    command: (...parts) =>
      new Promise((resolve, reject) => {
        trips += 1;
        if (failure !== undefined) return reject(failure);
        waiting.push({ resolve, reject });
        const bulk = parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
        socket.write(`*${parts.length}\r\n${bulk.join('')}`);
      }),
    close: () => socket.destroy(),
  };
}

interface Reply {
  readonly value: unknown;
  readonly end: number;
}

/** Reads one reply, or undefined where it has not arrived whole. */
function readReply(data: Buffer, start: number): Reply | undefined {
  const lineEnd = data.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const line = data.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (String.fromCharCode(data[start] ?? 0)) {
    case '+':
      return { value: line, end };
    case '-':
      return { value: new Error(line), end };
    case ':':
      return { value: Number(line), end };
    case '$':
      return readBulk(data, Number(line), end);
    default:
      return readArray(data, Number(line), end);
  }
}

function readBulk(data: Buffer, length: number, start: number): Reply | undefined {
  if (length < 0) return { value: null, end: start };
  const end = start + length + 2;
  return data.length < end ? undefined : { value: data.toString('utf8', start, end - 2), end };
}

function readArray(data: Buffer, length: number, start: number): Reply | undefined {
  const value: unknown[] = [];
  let end = start;
  for (let index = 0; index < length; index += 1) {
    const reply = readReply(data, end);
    if (reply === undefined) return undefined;
    value.push(reply.value);
    end = reply.end;
  }
  return { value, end };
}
