import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { type Bearer, parseUrl, RedirectTrail } from '@keyturn/core/binding';

/** Of the whole process, because Node has one channel for the answers to all of its requests. Empty after each turn. */
const trail = new RedirectTrail();
const bearerKey = Symbol('keyturn.bearer');
let isWatching = false;

/** Remembers who `request` goes out as. One that is never noted goes as nobody, whichever client and agent made it. */
export function noteBearer(request: ClientRequest, bearer: Bearer): void {
  (request as { [bearerKey]?: Bearer })[bearerKey] = bearer;
}

export function bearerOf(request: ClientRequest): Bearer {
  return (request as { readonly [bearerKey]?: Bearer })[bearerKey] ?? 'nobodys';
}

/**
 * Begins to look at the answers to all requests of this process, for the sake of agents: the hop before may have gone to
 * plain http, past every agent of ours. Node tells of an answer here before it reaches whoever asked.
 */
export function watchRedirects(): void {
  if (isWatching) return;
  isWatching = true;
  subscribe('http.client.response.finish', (message) => noteAnswer(message as Answer));
}

/** Returns who the hop before went out as, where a request for `url` follows a redirect; undefined where it does not. */
export function bearerBefore(url: () => string): Bearer | undefined {
  return trail.bearerBefore(url);
}

interface Answer {
  readonly request: ClientRequest;
  readonly response: IncomingMessage;
}

function noteAnswer({ request, response }: Answer): void {
  const { statusCode = 0 } = response;
  if (statusCode < 300 || statusCode > 399) return;
  const { protocol, path, host } = request;
  const from = parseUrl(`${protocol}//${request.getHeader('host') ?? host}${path}`);
  if (from !== undefined) trail.note(from, response.headers.location, bearerOf(request));
}
