/** The server of the peers' work: it knows which tokens are good, takes them back, and counts connections. */
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { answerQuestions } from '../child.js';
import type { ServerIdentity } from '../identities.js';

/** Where the server listens. */
export interface Ports {
  readonly api: number;
  readonly sts: number;
}

const seen = new Set<string>();
const revoked = new Set<string>();
/** How many 401s the tokens of each plugin have been answered with. */
const refusals = new Map<string, number>();
let connections = 0;

answerQuestions({
  listen,
  /** Takes back every token of one plugin that has been good so far. */
  revoke: (tag: string) => {
    for (const token of seen) if (tagOf(token) === tag) revoked.add(token);
  },
  refusals: (tag: string): number => refusals.get(tag) ?? 0,
  connections: () => connections,
});

async function listen({ ca, certificate, privateKey }: ServerIdentity): Promise<Ports> {
  const tls = { ca, cert: certificate, key: privateKey, requestCert: true };
  const api = https.createServer(tls, answer);
  api.keepAliveTimeout = 120_000;
  api.on('secureConnection', () => {
    connections += 1;
  });
  // Google's client takes no authority for its STS; on the loopback plain HTTP does.
  const sts = http.createServer((request, response) => void exchange(request, response));
  return { api: await portOf(api), sts: await portOf(sts) };
}

async function portOf(server: Server): Promise<number> {
  // Five hundred callers that come at once are no attack here.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (!isGood(token)) {
    refusals.set(tagOf(token), (refusals.get(tagOf(token)) ?? 0) + 1);
    response.setHeader('www-authenticate', 'Bearer error="invalid_token"');
    say(response, 401, { kind: 'Status', status: 'Failure', code: 401 });
    return;
  }
  seen.add(token);
  say(response, 200, { kind: 'NamespaceList', apiVersion: 'v1', metadata: {}, items: [] });
}

/** Google's way: the plugin's token is exchanged for another one; here for itself. */
async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const token = new URLSearchParams(await text(request)).get('subject_token') ?? '';
  say(response, 200, {
    access_token: token,
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: (expiryOf(token) - Date.now()) / 1_000,
  });
}

/** Which plugin printed it; of something that is no token of ours, nothing that a plugin is called. */
function tagOf(token: string): string {
  return token.slice(0, Math.max(0, token.indexOf('-')));
}

function isGood(token: string): boolean {
  return expiryOf(token) > Date.now() && !revoked.has(token);
}

/** Unix milliseconds; 0 for something that is no token of ours. */
function expiryOf(token: string): number {
  return Number(/^\w+-\d+-(\d+)$/.exec(token)?.[1] ?? 0);
}

function say(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': body.length,
  });
  response.end(body);
}
