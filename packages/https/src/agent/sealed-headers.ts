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
import { isSecretHeader, SecretHeader, secretNames } from './secret-header.js';

/** What everybody sees in the place of a secret. */
export const redacted = '[redacted]';

/** A header that a sealed request is to send. */
interface Seal {
  /** Its name in lower case. */
  readonly key: string;
  /** The line that stands in the head of the request, with the line breaks around it. */
  readonly line: string;
  /** The line that goes over the wire. */
  readonly sent: string;
  /** Of another header: most requests have none. */
  readonly next: Seal | undefined;
}

// Nobody who walks a request comes here, and an entry goes when its head has been written.
const seals = new WeakMap<ClientRequest, Seal>();

/**
 * Gives `request` a header that stands nowhere in it, nor in its socket: the head says `[redacted]`, and the value comes
 * into it when the socket hands it to the system, below everything that can be printed.
 *
 * The request must have none of that name, and no socket yet.
 */
export function addSealedHeader(request: ClientRequest, name: string, value: string): void {
  if (renderedHead(request) === null) request.setHeader(name, redacted);
  else rewriteHead(request, (head) => `${head.slice(0, -2)}${name}: ${redacted}\r\n\r\n`);
  seal(request, name, value);
}

/**
 * Takes the Authorization of `request` out of it, if it has one, as `addSealedHeader` keeps one out, and so each header
 * whose name has been noted as that of a secret. For a client that has put it there; call it before there is a socket.
 * @param options of the request, a copy of the client's own: their headers are redacted too
 */
export function sealHeaders(request: ClientRequest, options?: RequestOptions): void {
  sealKept(request, 'authorization', options);
  for (const key of secretNames()) sealKept(request, key, options);
}

/** The same for what is known to be a secret of ours; all else stays in sight. */
export function sealSecretHeaders(request: ClientRequest): void {
  const kept: KeptHeader | undefined = keptHeader(request, 'authorization');
  if (kept !== undefined && isSecretHeader(kept[1])) sealKept(request, 'authorization');
  for (const key of secretNames()) {
    const other = keptHeader(request, key);
    if (other !== undefined && isSecretHeader(other[1])) sealKept(request, key);
  }
}

/**
 * Takes the Authorization out of what a request remembers, whoever has sent it: the last resort for one that is over and
 * went through an agent of somebody else.
 */
export function redactHeaders(request: ClientRequest): void {
  redactKept(request, 'authorization');
  for (const key of secretNames()) redactKept(request, key);
}

function sealKept(request: ClientRequest, key: string, options?: RequestOptions): void {
  const kept = keptHeader(request, key);
  // One that is rendered already comes from a list of headers, and such a list is no client's of ours.
  if (kept === undefined || isSealed(request, key) || renderedHead(request) !== null) return;
  const [name, value] = kept;
  redactIn(options?.headers, key);
  kept[1] = redacted;
  seal(request, name, String(value));
}

function isSealed(request: ClientRequest, key: string): boolean {
  let sealed = seals.get(request);
  while (sealed !== undefined && sealed.key !== key) sealed = sealed.next;
  return sealed !== undefined;
}

function redactKept(request: ClientRequest, key: string): void {
  const kept = keptHeader(request, key);
  // As nearly always: it was sealed.
  if (kept === undefined || kept[1] === redacted) return;
  kept[1] = redacted;
  if (renderedHead(request) !== null) replaceHead(request, (head) => redactLine(head, key));
  // One that never connects keeps what it was to send.
  const { socket } = request as { readonly socket: (Socket & { _pendingData?: unknown }) | null };
  if (socket?.destroyed === true && socket._pendingData) socket._pendingData = null;
}

function redactLine(head: string, key: string): string {
  const isOurs = (line: string): boolean => line.toLowerCase().startsWith(`${key}:`);
  return head
    .split('\r\n')
    .map((line) => (isOurs(line) ? `${line.slice(0, key.length)}: ${redacted}` : line))
    .join('\r\n');
}

function seal(request: ClientRequest, name: string, value: string): void {
  const next = seals.get(request);
  seals.set(request, {
    key: name.toLowerCase(),
    line: `\r\n${name}: ${redacted}\r\n`,
    sent: `\r\n${name}: ${value}\r\n`,
    next,
  });
  if (next === undefined) request.once('socket', breakAtSocket);
}

function redactIn(headers: RequestOptions['headers'], key: string): void {
  if (headers === undefined || Array.isArray(headers)) return;
  const own = headers as Record<string, unknown>;
  for (const name in own) {
    const isOurs = name.length === key.length && name.toLowerCase() === key;
    // A client that follows a redirect makes the next request of the same headers, and that has to send the value again.
    if (isOurs && typeof own[name] === 'string') own[name] = new SecretHeader(own[name], key);
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
  let sealed = seals.get(request);
  seals.delete(request);
  for (; sealed !== undefined; sealed = sealed.next) {
    const { key, line, sent } = sealed;
    const kept = keptHeader(request, key);
    const value = sent.slice(sent.indexOf(': ') + 2, -2);
    if (kept !== undefined) kept[1] = new SecretHeader(value, key);
    if (renderedHead(request) !== null) {
      rewriteHead(request, (head) => head.replace(line, () => sent));
    }
  }
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
  // Bun has none.
  if (way === undefined) return false;
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
function broken({ line, sent, next }: Seal, given: unknown): unknown {
  if (typeof given !== 'string') return given;
  const data = next === undefined ? given : (broken(next, given) as string);
  const at = data.indexOf(line);
  if (at === -1 || at > data.indexOf('\r\n\r\n')) return data;
  return `${data.slice(0, at)}${sent}${data.slice(at + line.length)}`;
}
