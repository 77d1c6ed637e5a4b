import { once } from 'node:events';
import http2, { type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { isCertificateRefusal } from '@keyturn/core/binding';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startHttp2Server } from '../../test/http2-scene.js';
import { Http2Sessions } from './http2-sessions.js';

async function sessionsTo(server: Server, onEmpty = (): void => {}): Promise<Http2Sessions> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return new Http2Sessions(`http://localhost:${port}`, () => ({}), onEmpty);
}

/** A server that takes so many streams at a time, and answers none. */
async function setScene(maxConcurrentStreams: number) {
  const server = http2.createServer({ settings: { maxConcurrentStreams } });
  const opened: ServerHttp2Session[] = [];
  const streams: ServerHttp2Stream[] = [];
  server.on('session', (session) => opened.push(session));
  server.on('stream', (stream) => streams.push(stream.on('error', () => {})));
  onTestFinished(() => {
    server.close();
    for (const session of opened) session.destroy();
  });
  return { opened, streams, sessions: await sessionsTo(server as unknown as Server) };
}

it('opens another session where the server takes no more streams on the one', async () => {
  const { opened, streams, sessions } = await setScene(2);
  const { resource: ready, release } = sessions.wait();
  await ready;
  for (let count = 0; count < 3; count += 1) sessions.request({}, {}).on('error', () => {});
  release();
  await expect.poll(() => streams).toHaveLength(3);
  expect(opened).toHaveLength(2);
});

it('gives up a connection when nobody waits for it any more', async () => {
  let closed = 0;
  const silent = createServer((socket) => socket.resume().once('close', () => (closed += 1)));
  onTestFinished(() => void silent.close());
  const onEmpty = vi.fn();
  const sessions = await sessionsTo(silent, onEmpty);
  const [one, other] = [sessions.wait(), sessions.wait()];
  await once(silent, 'connection');
  one.release();
  one.release();
  expect(sessions.isIdle).toBe(false);
  other.release();
  await expect(other.resource).rejects.toThrow('closed the connection before');
  await expect.poll(() => closed).toBe(1);
  expect(onEmpty).toHaveBeenCalledOnce();
});

it('tells of a server that refuses the certificate, and forgets the session', async () => {
  await using server = await startHttp2Server({ requireCertificate: true });
  const onEmpty = vi.fn();
  const sessions = new Http2Sessions(server.url, () => ({ ca: server.ca }), onEmpty);
  const { resource: ready, release } = sessions.wait();
  const error = await ready.catch((reason: unknown) => reason);
  release();
  expect(isCertificateRefusal(error)).toBe(true);
  expect(onEmpty).toHaveBeenCalledOnce();
});
