import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Redis } from 'ioredis';

export interface RunningRedis {
  command(...parts: string[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts a server on a free port of this machine, and connects to it. */
export async function startRedis(): Promise<RunningRedis> {
  const port = await freePort();
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', place, { stdio: 'ignore' });
  const redis = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null });
  // It is not there at once.
  redis.on('error', () => {});
  await redis.ping();
  return {
    command: (...parts) => redis.call(...(parts as [string, ...string[]])),
    close: async () => {
      redis.disconnect();
      server.kill();
      await once(server, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
