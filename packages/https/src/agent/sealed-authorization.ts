import type { ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import { Socket } from 'node:net';
import {
  type KeptHeader,
  keptHeader,
  renderedHead,
  replaceHead,
  rewriteHead,
} from './request-head.js';
import { isSecretHeader, SecretHeader } from './secret-header.js';

/** What everybody sees in the place of a secret. */
const redacted = '[redacted]';

/** What a sealed request is to send. */
interface Seal {
  /** The line that stands in its head, with the line breaks around it. */
  readonly line: string;
  /** The line that goes over the wire. */
  readonly sent: string;
}

// Nobody who walks a request comes here, and an entry goes when its head has been written.
const seals = new WeakMap<ClientRequest, Seal>();

/**
 * Gives `request` an Authorization that stands nowhere in it, nor in its socket: the head says `[redacted]`, and the
 * value comes into it when the socket hands it to the system, below everything that can be printed.
 *
 * The request must have none, and no socket yet.
 */
export function addSealedAuthorization(request: ClientRequest, value: string): void {
  if (renderedHead(request) === null) request.setHeader('Authorization', redacted);
  else rewriteHead(request, (head) => `${head.slice(0, -2)}Authorization: ${redacted}\r\n\r\n`);
  seal(request, 'Authorization', value);
}

/**
 * Takes the Authorization of `request` out of it, if it has one, as `addSealedAuthorization` keeps one out. For a client
 * that has put it there as a header; call it before there is a socket.
 * @param options of the request, a copy of the client's own: their headers are redacted too
 */
export function sealAuthorization(request: ClientRequest, options?: RequestOptions): void {
  const kept = keptHeader(request, 'authorization');
  // One that is rendered already comes from a list of headers, and such a list is no client's of ours.
  if (kept === undefined || seals.has(request) || renderedHead(request) !== null) return;
  const [name, value] = kept;
  redactIn(options?.headers);
  kept[1] = redacted;
  seal(request, name, String(value));
}

/** The same for a request whose Authorization is known to be a secret of ours; any other stays in sight. */
export function sealSecretHeader(request: ClientRequest): void {
  const kept: KeptHeader | undefined = keptHeader(request, 'authorization');
  if (kept !== undefined && isSecretHeader(kept[1])) sealAuthorization(request);
}

/**
 * Takes the Authorization out of what a request remembers, whoever has sent it: the last resort for one that is over and
 * went through an agent of somebody else.
 */
export function redactAuthorization(request: ClientRequest): void {
  const kept = keptHeader(request, 'authorization');
  // As nearly always: it was sealed.
  if (kept === undefined || kept[1] === redacted) return;
  kept[1] = redacted;
  const line = /^(authorization:).*$/im;
  if (renderedHead(request) !== null)
    replaceHead(request, (head) => head.replace(line, `$1 ${redacted}`));
  // One that never connects keeps what it was to send.
  const { socket } = request as { readonly socket: (Socket & { _pendingData?: unknown }) | null };
  if (socket?.destroyed === true && socket._pendingData) socket._pendingData = null;
}

function seal(request: ClientRequest, name: string, value: string): void {
  seals.set(request, {
    line: `\r\n${name}: ${redacted}\r\n`,
    sent: `\r\n${name}: ${value}\r\n`,
  });
  request.once('socket', breakAtSocket);
}

function redactIn(headers: RequestOptions['headers']): void {
  if (headers === undefined || Array.isArray(headers)) return;
  const own = headers as Record<string, unknown>;
  for (const name in own) {
    const isOurs = name.length === 13 && name.toLowerCase() === 'authorization';
    if (isOurs && typeof own[name] === 'string') own[name] = redacted;
  }
}

// Node says so before it writes anything.
function breakAtSocket(this: ClientRequest, socket: Socket): void {
  if (breakingSockets.has(socket)) return;
  if (isNodes(socket)) breakWhenWriting(socket);
  else breakNow(this);
}

/** Where a request is written by other means (a mock, a socket of somebody's own), its head has to be whole before. */
function breakNow(request: ClientRequest): void {
  const { line, sent } = seals.get(request) ?? {};
  if (line === undefined || sent === undefined) return;
  seals.delete(request);
  const kept = keptHeader(request, 'authorization');
  const value = sent.slice(sent.indexOf(': ') + 2, -2);
  if (kept !== undefined) kept[1] = new SecretHeader(value);
  if (renderedHead(request) !== null)
    rewriteHead(request, (head) => head.replace(line, () => sent));
}

/** A socket of Node's own, as far as writing goes. */
interface NodeSocket extends Socket {
  /** The one place where a socket gives to its handle what was written to it; alike in Node 20, 24 and 26. */
  _writeGeneric: WriteGeneric;
  /** The request that it serves. */
  readonly _httpMessage?: ClientRequest | null;
}

type WriteGeneric = (
  this: NodeSocket,
  isList: boolean,
  data: unknown,
  encoding: unknown,
  callback: unknown,
) => unknown;

/** What stands in a list of chunks. */
interface Chunk {
  readonly chunk: unknown;
}

const breakingSockets = new WeakSet<Socket>();

const { write, _write, _writeGeneric } = Socket.prototype as NodeSocket;

function isNodes(socket: Socket): socket is NodeSocket {
  const { _writeGeneric: way } = socket as Partial<NodeSocket>;
  return socket.write === write && socket._write === _write && way === _writeGeneric;
}

function breakWhenWriting(socket: NodeSocket): void {
  breakingSockets.add(socket);
  // Not in sight where properties are listed: a socket looks as it always did.
  Object.defineProperty(socket, '_writeGeneric', { value: writeBroken });
}

const writeBroken: WriteGeneric = function (this: NodeSocket, isList, data, encoding, callback) {
  const { _httpMessage: request, connecting } = this;
  // While it connects, the socket only keeps what it is given, in a property of its own.
  const found = connecting || !request ? undefined : seals.get(request);
  if (found === undefined || !request) {
    return _writeGeneric.call(this, isList, data, encoding, callback);
  }
  seals.delete(request);
  if (!isList) return _writeGeneric.call(this, false, broken(found, data), encoding, callback);
  const chunks = data as Chunk[];
  const first = chunks[0] as Chunk;
  // Changed in place: the list has more to it than its chunks.
  chunks[0] = { ...first, chunk: broken(found, first.chunk) };
  return _writeGeneric.call(this, true, chunks, encoding, callback);
};

/** The head comes first, and whole. A caller who has taken the header off again has no such line in it. */
function broken({ line, sent }: Seal, data: unknown): unknown {
  if (typeof data !== 'string') return data;
  const at = data.indexOf(line);
  if (at === -1 || at > data.indexOf('\r\n\r\n')) return data;
  return `${data.slice(0, at)}${sent}${data.slice(at + line.length)}`;
}
