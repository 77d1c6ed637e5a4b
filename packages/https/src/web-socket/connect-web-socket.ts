import type { ClientRequest } from 'node:http';
import type { RequestOptions } from 'node:https';
import {
  type BindOptions,
  type CredentialError,
  type CredentialManager,
  checkBindOptions,
  checkManager,
  isRefusedStatus,
  type OptionUse,
  originScope,
  parseUrl,
  type Refusal,
  type RotatedEvent,
  shadowInherited,
  snapshot,
  withCredential,
} from '@keyturn/core/binding';
import { CredentialAgent, leaveRefusals } from '../agent/credential-agent.js';
import { bearerOf } from '../agent/redirect-trail.js';
import { startDeadline } from '../client/deadline.js';
import { RotationNotice } from './rotation-notice.js';
import { handshake, UpgradeRefusedError } from './web-socket-handshake.js';
import type { WebSocketInit, WebSocketLike } from './web-socket-shape.js';

export interface ConnectWebSocketOptions<Socket> extends Omit<BindOptions, 'allowInsecure'> {
  /** `wss://host/path`. Its origin is where the credential may go, unless `origins` says otherwise. */
  readonly url: string | URL;
  /** Sent with the upgrade. A header of your own wins over that of the credential; for an Authorization nothing is run or replayed. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends the wait for a credential, or the handshake, with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** How long until the socket is open, the wait for a credential included. Milliseconds; default: no limit. */
  readonly timeoutMs?: number | undefined;
  /**
   * Called on every rotation while the socket is open: the server still knows it by the old credential. Connect again
   * where that matters; `event.certificateChanged` tells the two kinds apart.
   */
  readonly onRotated?: ((event: RotatedEvent, socket: Socket) => void) | undefined;
  /** Called when `drainTimeoutMs` has passed since the certificate rotated, and the socket is closed for it. */
  readonly onCut?: ((error: CredentialError, socket: Socket) => void) | undefined;
}

/**
 * Opens a WebSocket with the credential of `manager`: the token and other headers with the upgrade, the client certificate on
 * the connection. Resolves when it is open; nothing that the server says is missed by who listens right then.
 *
 * Where `make` has the WebSocket follow redirects, a hop in scope keeps the credential, and a chain that has left stays
 * without it; a redirect to plain `ws:` fails with ERR_ORIGIN_INSECURE.
 *
 * An upgrade that the server refuses, with 401 or one of `refusedStatuses`, is tried once more, on a new WebSocket with the next credential. With
 * `drainTimeoutMs` a socket of an older certificate is closed with code 1001 and the reason ERR_CONNECTION_DRAINED, which
 * `onCut` hears too.
 *
 * `connectWebSocket((url, init) => new WebSocket(url, init), credentials, { url })` with the WebSocket of ws.
 * @param make makes the WebSocket; it must pass on all of `init`, and may add to it
 * @throws {UpgradeRefusedError} when the server answers with another status, a second 401 for one.
 * @throws {CredentialError} the failure of the source, with its own code.
 * @throws {TypeError} naming the option that is missing, unknown or has a nonsensical value.
 */
export async function connectWebSocket<Socket extends WebSocketLike>(
  make: (url: URL, init: WebSocketInit) => Socket,
  manager: CredentialManager,
  options: ConnectWebSocketOptions<Socket>,
): Promise<Socket> {
  checkManager('connectWebSocket', manager);
  const checked = checkBindOptions('connectWebSocket', options, optionUse);
  const headers = snapshot(checked.headers ?? {});
  if (typeof make !== 'function') {
    throw new TypeError('connectWebSocket takes a function that makes a WebSocket.');
  }
  const { url, origin } = parseSocketUrl(checked.url);
  const scope = originScope(checked, origin);
  const agent = new UpgradeAgent(manager, {
    origins: scope.origins,
    tls: checked.tls,
    proxy: checked.proxy,
  });
  // withCredential reports them, and the second one to nobody: it would run the source for a socket that is given up.
  leaveRefusals(agent);
  const { signal, lift } = startDeadline(checked.signal, checked.timeoutMs);
  const attempt = (): Promise<Attempt<Socket>> =>
    open(() => make(new URL(url), initFor(agent, headers)), manager, checked, signal);
  const isOurs = scope.includes(origin) && !isOwnAuthorization(url, headers);
  try {
    const { socket, notice, refusal } = await (isOurs
      ? withCredential(manager, attempt, isRefused(agent, checked.refusedStatuses), {
          signal,
          canReplay: () => checked.replay,
          describe: (answer) => answer.refusal as Refusal,
        })
      : attempt());
    if (refusal !== undefined) throw new UpgradeRefusedError(refusal.status);
    handOver(socket, notice);
    return socket;
  } finally {
    lift();
    agent.destroy();
  }
}

const optionUse: OptionUse<ConnectWebSocketOptions<never>> = {
  origins: 'taken',
  tls: 'taken',
  replay: 'taken',
  allowInsecure: {
    refusedBecause: 'it opens wss alone',
  },
  drainTimeoutMs: 'taken',
  proxy: 'taken',
  refusedStatuses: 'taken',
  url: 'taken',
  headers: 'taken',
  signal: 'taken',
  timeoutMs: 'taken',
  onRotated: 'taken',
  onCut: 'taken',
};

/** What ws has a default for; it puts that under what it is given. */
const namesWithDefaults = [
  'allowSynchronousEvents',
  'autoPong',
  'closeTimeout',
  'followRedirects',
  'maxBufferedChunks',
  'maxFragments',
  'maxPayload',
  'maxRedirects',
  'perMessageDeflate',
  'protocolVersion',
  'skipUTF8Validation',
];

function initFor(agent: CredentialAgent, headers: Readonly<Record<string, string>>): WebSocketInit {
  return shadowInherited({ agent, headers: { ...headers } }, namesWithDefaults);
}

/** One WebSocket, and what became of it. */
interface Attempt<Socket extends WebSocketLike> {
  readonly socket: Socket;
  readonly notice: RotationNotice<Socket>;
  /** What the server answered instead of an upgrade. */
  readonly refusal: Refusal | undefined;
}

async function open<Socket extends WebSocketLike>(
  make: () => Socket,
  manager: CredentialManager,
  { drainTimeoutMs, onRotated, onCut }: ConnectWebSocketOptions<Socket>,
  signal: AbortSignal | undefined,
): Promise<Attempt<Socket>> {
  const notice = new RotationNotice<Socket>(manager, { drainTimeoutMs, onRotated, onCut });
  try {
    const socket = make();
    const refusal = await handshake(socket, signal);
    if (refusal !== undefined) notice.end();
    return { socket, notice, refusal };
  } catch (error) {
    notice.end();
    throw error;
  }
}

function isRefused(
  agent: UpgradeAgent,
  refusedStatuses: readonly number[],
): (answer: { readonly refusal?: Refusal | undefined }) => boolean {
  return ({ refusal }) => isRefusedStatus(refusal?.status, refusedStatuses) && agent.carriedOurs;
}

/** Lets messages and notices come, once the owner has had the socket in hand. */
function handOver<Socket extends WebSocketLike>(
  socket: Socket,
  notice: RotationNotice<Socket>,
): void {
  socket.on('close', notice.end);
  setImmediate(() => {
    notice.begin(socket);
    socket.resume?.();
  });
}

/** Knows whether the latest request carried our credential: not where the WebSocket brought an Authorization of its own. */
class UpgradeAgent extends CredentialAgent {
  #latest: ClientRequest | undefined;

  get carriedOurs(): boolean {
    return this.#latest !== undefined && bearerOf(this.#latest) === 'ours';
  }

  override addRequest(request: ClientRequest, options: RequestOptions): void {
    this.#latest = request;
    super.addRequest(request, options);
  }
}

function parseSocketUrl(given: string | URL): { readonly url: URL; readonly origin: string } {
  const text = String(given);
  const url = parseUrl(text);
  if (url === undefined || !/^(?:wss|https):$/.test(url.protocol)) {
    throw new TypeError('Option "url" of connectWebSocket must be an absolute wss URL.');
  }
  return { url, origin: `https://${url.host}` };
}

function isOwnAuthorization(
  { username, password }: URL,
  headers: Readonly<Record<string, string>> = {},
): boolean {
  if (username !== '' || password !== '') return true;
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}
