import { ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { redactAuthorization } from './authorization-header.js';

/**
 * Keeps the headers of `request` out of everything that prints it: console.log, util.inspect at any depth, JSON.
 * A request that was sent holds its head, token included, until it is collected; errors and answers refer to it.
 */
export function concealRequest(request: ClientRequest): void {
  const concealed = request as ClientRequest & Concealment;
  // Two new properties cost a fiftieth of what hiding Node's own from enumeration does.
  concealed[inspect.custom] = printRequest;
  concealed.toJSON = outline;
}

/** What decides how an object is printed. */
interface Concealment {
  [inspect.custom]: typeof printRequest;
  toJSON: typeof outline;
}

/**
 * Keeps what waits to be written to `socket` out of what prints it, until the socket has connected. One that never
 * connects keeps the head of its request for ever.
 */
export function concealUntilConnected(socket: Duplex): void {
  const print = (): string => `${socket.constructor.name} { connecting: true }`;
  // Emptied later and not deleted, which would slow the socket down for good.
  Object.assign(socket, { [inspect.custom]: print, toJSON: print });
  socket.once('secureConnect', () => {
    Object.assign(socket, { [inspect.custom]: undefined, toJSON: undefined });
  });
}

/**
 * Hides the request that `holder`, an error or an answer of some client, refers to: whoever prints the holder, walks
 * its properties or turns it into JSON does not come across the Authorization header. Reading the property still works.
 * @param property under which the holder refers to its request
 */
export function hideRequest(holder: object, property: PropertyKey = 'request'): void {
  if (!Object.hasOwn(holder, property)) return;
  const request: unknown = Reflect.get(holder, property);
  if (request instanceof ClientRequest) {
    concealRequest(request);
    redactAuthorization(request);
  }
  // False where the holder is frozen.
  Reflect.defineProperty(holder, property, hidden);
}

const hidden: PropertyDescriptor = { enumerable: false };

interface RequestOutline {
  readonly method: string;
  readonly url: string;
  /** Names only: more than Authorization may be secret. */
  readonly headers: readonly string[];
  readonly destroyed: boolean;
}

// `this` may be a copy that somebody has spread, without the methods of a request.
function outline(this: ClientRequest): RequestOutline {
  const { method, protocol, path, destroyed } = this;
  const { getHeader, getHeaderNames } = ClientRequest.prototype;
  return {
    method,
    url: `${protocol}//${getHeader.call(this, 'host') ?? this.host}${path}`,
    headers: getHeaderNames.call(this),
    destroyed,
  };
}

function printRequest(this: ClientRequest, _depth: number, options: object): string {
  return `ClientRequest ${inspect(outline.call(this), options)}`;
}
