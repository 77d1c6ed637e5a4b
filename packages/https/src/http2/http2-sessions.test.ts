import { getEventListeners, once } from 'node:events';
import http2, {
  type ClientHttp2Stream,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { isCertificateRefusal } from '@keyturn/core/binding';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startHttp2Server } from '../../test/http2-scene.js';
import { Http2Sessions, type Http2SessionsOptions } from './http2-sessions.js';

async function sessionsTo(
  server: Server,
  more: Partial<Http2SessionsOptions> = {},
): Promise<Http2Sessions> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return new Http2Sessions({
    origin: `http://localhost:${port}`,
    connection: () => ({}),
    ...more,
  });
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

const openStream = async (sessions: Http2Sessions): Promise<ClientHttp2Stream> =>
  (await sessions.takePlace()).open({}, {}).on('error', () => {});

it('opens another session where the server takes no more streams on the one', async () => {
  const { opened, streams, sessions } = await setScene(2);
  for (let count = 0; count < 3; count += 1) await openStream(sessions);
  await expect.poll(() => streams).toHaveLength(3);
  expect(opened).toHaveLength(2);
});

it('sends nothing before the server has said how many streams it takes', async () => {
  const { opened, streams, sessions } = await setScene(2);
  await Promise.all(Array.from({ length: 5 }, () => openStream(sessions)));
  await expect.poll(() => streams).toHaveLength(5);
  expect(
    opened.map((session) => streams.filter((stream) => stream.session === session).length),
  ).toEqual([2, 2, 1]);
});

it('serves whoever waits when a stream has ended', async () => {
  const { opened, streams, sessions } = await setScene(1);
  const place = await sessions.takePlace();
  let isServed = false;
  const waiting = Promise.resolve(sessions.takePlace()).then((taken) => {
    isServed = true;
    return taken;
  });
  expect(isServed).toBe(false);
  place.release();
  (await waiting).open({}, {}).on('error', () => {});
  await expect.poll(() => streams).toHaveLength(1);
  expect(streams[0]?.session).toBe(opened[0]);
});

it('closes what only a burst needed, once all are idle', async () => {
  const { opened, streams, sessions } = await setScene(1);
  const burst = await Promise.all([openStream(sessions), openStream(sessions)]);
  await expect.poll(() => streams).toHaveLength(2);
  for (const stream of burst) stream.close();
  await expect.poll(() => opened.filter(({ closed }) => !closed)).toHaveLength(1);
  const [kept] = opened.filter(({ closed }) => !closed);
  await openStream(sessions);
  await expect.poll(() => streams).toHaveLength(3);
  expect(streams[2]?.session).toBe(kept);
});

it('opens no sessions without end where the server takes no streams at all', async () => {
  const { opened, sessions } = await setScene(0);
  const abort = new AbortController();
  const waiting = sessions.takePlace(abort.signal);
  await expect.poll(() => opened).toHaveLength(1);
  opened[0]?.settings({ maxConcurrentStreams: 1 });
  (await waiting).release();
  expect(opened).toHaveLength(1);
});

it('gives up a connection when nobody waits for it any more', async () => {
  let closed = 0;
  const silent = createServer((socket) => socket.resume().once('close', () => (closed += 1)));
  onTestFinished(() => void silent.close());
  const onEmpty = vi.fn();
  const sessions = await sessionsTo(silent, { onEmpty });
  const [one, other] = [new AbortController(), new AbortController()];
  const waits = [one, other].map(({ signal }) => sessions.takePlace(signal));
  await once(silent, 'connection');
  one.abort(new Error('left'));
  await expect(waits[0]).rejects.toThrow('left');
  expect([sessions.isIdle, closed]).toEqual([false, 0]);
  other.abort(new Error('left too'));
  await expect(waits[1]).rejects.toThrow('left too');
  await expect.poll(() => closed).toBe(1);
  await expect.poll(() => onEmpty.mock.calls).toHaveLength(1);
});

it('fails those who wait for a connection that is closed before it took a request', async () => {
  const closing = createServer((socket) => socket.end());
  onTestFinished(() => void closing.close());
  const sessions = await sessionsTo(closing);
  const waits = await Promise.allSettled([sessions.takePlace(), sessions.takePlace()]);
  expect(waits.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(waits).toMatchObject([
    { reason: { code: 'ECONNRESET' } },
    { reason: { code: 'ECONNRESET' } },
  ]);
});

it('leaves no listener on the signal of who has waited, served or not', async () => {
  const { signal } = new AbortController();
  const { sessions } = await setScene(1);
  const place = await sessions.takePlace(signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  place.release();
  const closing = createServer((socket) => socket.end());
  onTestFinished(() => void closing.close());
  const refused = await sessionsTo(closing);
  await expect(refused.takePlace(signal)).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('has no timer for idle sessions once it is used again, or closed', async () => {
  const server = http2.createServer();
  onTestFinished(() => void server.close());
  const sessions = await sessionsTo(server as unknown as Server, { idleTimeoutMs: 61_234 });
  const begun = vi.spyOn(globalThis, 'setTimeout');
  const ended = vi.spyOn(globalThis, 'clearTimeout');
  const timers = (): unknown[] =>
    begun.mock.results
      .filter((_, index) => begun.mock.calls[index]?.[1] === 61_234)
      .map(({ value }) => value);
  for (let count = 0; count < 2; count += 1) (await sessions.takePlace()).release();
  sessions.close();
  expect(timers().length).toBeGreaterThanOrEqual(2);
  for (const timer of timers()) expect(ended).toHaveBeenCalledWith(timer);
});

it('settles every stream of a connection that breaks', async () => {
  const { opened, streams, sessions } = await setScene(10);
  const open = await Promise.all([openStream(sessions), openStream(sessions)]);
  await expect.poll(() => streams).toHaveLength(2);
  const closed = Promise.all(open.map((stream) => once(stream, 'close')));
  opened[0]?.socket.unref();
  opened[0]?.destroy();
  await closed;
  expect(sessions.isIdle).toBe(true);
});

it('tells of a server that refuses the certificate, and forgets the session', async () => {
  await using server = await startHttp2Server({ requireCertificate: true });
  const onEmpty = vi.fn();
  const sessions = new Http2Sessions({
    origin: server.url,
    connection: () => ({ ca: server.ca }),
    onEmpty,
  });
  const error = await Promise.resolve(sessions.takePlace()).catch((reason: unknown) => reason);
  expect(isCertificateRefusal(error)).toBe(true);
  expect(onEmpty).toHaveBeenCalledOnce();
});

/** A server of HTTP/2 behind one that keeps the end of each connection to itself, and stops reading when it is told to. */
async function sessionsToStandstill() {
  vi.stubEnv('HTTP2_PING_TIMEOUT_SECONDS', '1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const server = http2.createServer();
  const atServer: ServerHttp2Session[] = [];
  server.on('session', (session) => atServer.push(session));
  server.on('stream', (stream, { ':method': method }) => {
    stream.on('error', () => {});
    if (method === 'GET') stream.respond({ ':status': 200 }, { endStream: true });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const near: Socket[] = [];
  const standstill = createServer({ allowHalfOpen: true }, (socket) => {
    const far = connect(port, '127.0.0.1');
    near.push(socket);
    socket.pipe(far, { end: false });
    far.pipe(socket, { end: false });
    for (const each of [socket, far]) each.on('error', () => {});
    socket.once('close', () => far.destroy());
  });
  onTestFinished(() => {
    for (const socket of near) socket.destroy();
    server.close();
    standstill.close();
  });
  const onEmpty = vi.fn();
  const sessions = await sessionsTo(standstill, { onEmpty });
  const stopReading = (): void => {
    for (const socket of near) socket.unpipe().pause();
  };
  return { sessions, onEmpty, atServer, near, stopReading };
}

it.each<[string, (sessions: Http2Sessions, atServer: ServerHttp2Session) => void]>([
  ['we have closed it', (sessions) => sessions.close()],
  ['the server has said GOAWAY', (_sessions, atServer) => atServer.goaway(0)],
])('lets go of a connection that the server does not close, when %s', async (_, end) => {
  const { sessions, onEmpty, atServer } = await sessionsToStandstill();
  await once((await openStream(sessions)).resume().end(), 'close');
  end(sessions, atServer[0] as ServerHttp2Session);
  await expect.poll(() => onEmpty.mock.calls.length).toBe(1);
});

it.each<[string, (sessions: Http2Sessions) => void]>([
  ['its streams are ended', (sessions) => sessions.cut(new Error('cut'))],
  ['it answers no ping', () => {}],
])('lets go of a connection that the server does not read, when %s', async (_, end) => {
  vi.stubEnv('HTTP2_READ_IDLE_TIMEOUT_SECONDS', '1');
  const { sessions, onEmpty, near, stopReading } = await sessionsToStandstill();
  const stream = (await sessions.takePlace()).open({ ':method': 'POST' }, {});
  stream.on('error', () => {});
  if (stream.pending) await once(stream, 'ready');
  stopReading();
  // More than the buffers between take.
  stream.write(Buffer.alloc(16_000_000));
  end(sessions);
  await expect.poll(() => onEmpty.mock.calls.length).toBe(1);
  for (const socket of near) socket.resume();
  await expect
    .poll(() => near.every(({ destroyed, readableEnded }) => destroyed || readableEnded))
    .toBe(true);
});
