/**
 * The program behind `startHttp2ApiServer()`: an API server over HTTP/2 with the manners of kube-apiserver, in a process of
 * its own, because Node 20 itself aborts when both ends of a GOAWAY live in one.
 */
import { once } from 'node:events';
import http2, {
  constants,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Http2Report, Http2ServerOrder, Http2ServerSettings } from './http2-api-server.js';
import { seededRandom } from './seeded-random.js';

// Not as an argument, which every user of the machine can read: there is a private key in it.
const settings = await new Promise<Http2ServerSettings>((resolve) => {
  process.once('message', resolve);
});
const random = seededRandom(settings.seed);
const happens = (chance: number): boolean => chance > 0 && random() < chance;

let accepted = new Set<string>(settings.tokens);
const report = {
  served: 0,
  unauthorized: 0,
  sessions: 0,
  goaways: 0,
  refusedStreams: 0,
  cuts: 0,
  mostStreams: 0,
  servedTwice: [] as string[],
  lost: [] as string[],
};
const servedIds = new Set<string>();

/** What a session has begun to do; a stream that is absent was answered, or never taken. */
class ServedSession {
  readonly inFlight = new Map<ServerHttp2Stream, string | undefined>();
  /** GOAWAY was said: streams beyond this one are ignored, as Go's server ignores them. */
  lastServed: number | undefined;
  newest = 0;
}
const sessions = new WeakMap<Http2Session, ServedSession>();
/** The connections as the client sees them, by the port that the session sees. */
const connections = new Map<number | undefined, Socket>();

/** How long Go's server keeps a connection that it has said GOAWAY on, and that has no streams any more. */
const lingerMs = 1000;
const { maxConcurrentStreams } = settings;
const server = http2.createSecureServer({
  cert: settings.certificate,
  key: settings.privateKey,
  ca: settings.ca,
  requestCert: true,
  rejectUnauthorized: false,
  ...(maxConcurrentStreams === undefined ? {} : { settings: { maxConcurrentStreams } }),
});
server.on('sessionError', () => {});
server.on('session', (session) => {
  report.sessions += 1;
  sessions.set(session, new ServedSession());
  session.on('error', () => {});
});
server.on('stream', receive);
process.on('message', obey);
process.on('disconnect', () => process.exit());
await once(server.listen(0, '127.0.0.1'), 'listening');
const inner = server.address() as AddressInfo;
// Connections pass through here, so that they can break: node:http2 never lets go of a socket without a farewell.
const listener = createServer((socket) => {
  const passedOn = connect(inner.port, '127.0.0.1', () => {
    const port = passedOn.localPort;
    connections.set(port, socket);
    socket.once('close', () => connections.delete(port));
    pipeline(socket, passedOn, socket, () => {});
  });
  socket.on('error', () => {});
});
listener.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (listener.address() as AddressInfo).port });
});

function obey(order: Http2ServerOrder): void {
  if (order.accept !== undefined) accepted = new Set(order.accept);
  process.send?.({ ...report } satisfies Http2Report);
}

function receive(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  stream.on('error', () => {});
  const { session } = stream;
  const known = session && sessions.get(session);
  // The connection broke in the very moment that the stream came.
  if (session === undefined || known === undefined) return;
  const id = stream.id ?? 0;
  if (known.lastServed !== undefined && id > known.lastServed) {
    stream.resume();
    return;
  }
  known.newest = Math.max(known.newest, id);
  if (happens(settings.refusedStreamChance)) {
    refuse(stream);
    return;
  }
  const name = headers['x-request-id'] as string | undefined;
  known.inFlight.set(stream, name);
  report.mostStreams = Math.max(report.mostStreams, known.inFlight.size);
  stream.once('close', () => {
    known.inFlight.delete(stream);
    leaveWhenDone(session, known);
  });
  stream.resume();
  stream.once('end', () => {
    setTimeout(() => answer(session, known, stream, headers), random() * settings.answerMs);
  });
}

function refuse(stream: ServerHttp2Stream): void {
  report.refusedStreams += 1;
  stream.resume();
  stream.close(constants.NGHTTP2_REFUSED_STREAM);
}

function answer(
  session: Http2Session,
  known: ServedSession,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
): void {
  if (stream.destroyed || session.destroyed) return;
  if (happens(settings.cutChance)) {
    cut(session, known);
    return;
  }
  const token = headers.authorization?.replace('Bearer ', '') ?? '';
  const isKnown = accepted.has(token);
  if (!isKnown || happens(settings.goawayChance)) sayGoaway(session, known);
  if (isKnown) remember(headers['x-request-id'] as string | undefined);
  else report.unauthorized += 1;
  stream.respond({ ':status': isKnown ? 200 : 401 });
  stream.end(isKnown ? token : 'Unauthorized');
}

function remember(name: string | undefined): void {
  report.served += 1;
  if (name === undefined) return;
  if (servedIds.has(name)) report.servedTwice.push(name);
  servedIds.add(name);
}

/** As the API server does for an unauthenticated request, and at random for a healthy one. */
function sayGoaway(session: Http2Session, known: ServedSession): void {
  if (known.lastServed !== undefined) return;
  report.goaways += 1;
  known.lastServed = known.newest;
  session.goaway(constants.NGHTTP2_NO_ERROR, known.newest);
}

function leaveWhenDone(session: Http2Session, known: ServedSession): void {
  if (known.lastServed === undefined || known.inFlight.size > 0) return;
  // Later, as Go's server does, so that streams which are on their way meet a closing session and not a connection that is gone.
  setTimeout(() => session.destroyed || session.close(), lingerMs);
}

/** The connection breaks: what was in flight is lost, and no client can know what has become of it. */
function cut(session: Http2Session, known: ServedSession): void {
  report.cuts += 1;
  for (const name of known.inFlight.values()) if (name !== undefined) report.lost.push(name);
  connections.get(session.socket.remotePort)?.resetAndDestroy();
}
