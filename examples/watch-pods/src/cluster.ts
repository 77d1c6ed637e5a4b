import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { CredentialSource } from '@keyturn/core';
import { CredentialIssuer, startTestApiServer } from '@keyturn/testkit';

const podEveryMs = 50;
/** As an API server does after some minutes. */
const watchLastsMs = 700;
const credentialLastsMs = 1_500;

/** A cluster in which pods are born all the time, and credentials are worth little for long. */
export interface Cluster extends AsyncDisposable {
  readonly url: string;
  readonly ca: string;
  readonly source: CredentialSource;
  /** How many pods there are. */
  pods(): number;
  /** Makes the newest token worthless before its time. */
  revoke(): void;
  /** Forgets the past: the next watch is told to list anew. */
  compact(): void;
}

export async function startCluster(over: AbortSignal): Promise<Cluster> {
  const state = { pods: 0, isCompacted: false };
  const server = await startTestApiServer({
    clientCertificate: 'require',
    keepRequests: 0,
    authorize: ({ token, commonName }) => issuer.accepts(token, commonName),
    respond: async (_, response, { path }) => {
      const { searchParams } = new URL(path, 'https://server');
      const after = Number(searchParams.get('resourceVersion'));
      if (!searchParams.has('watch')) response.end(JSON.stringify(listOf(state.pods)));
      else if (!state.isCompacted) await sendEvents(response, state, after, over);
      else {
        state.isCompacted = false;
        response.writeHead(410).end();
      }
    },
  });
  const issuer = new CredentialIssuer({
    authority: server.authority,
    lifetimeMs: credentialLastsMs,
  });
  const births = setInterval(() => {
    if (!over.aborted) state.pods += 1;
  }, podEveryMs);
  return {
    url: server.url,
    ca: server.ca,
    source: { name: 'credentials of 1.5 seconds', load: () => issuer.issue() },
    pods: () => state.pods,
    revoke: () => issuer.revoke(),
    compact: () => {
      state.isCompacted = true;
    },
    [Symbol.asyncDispose]: () => {
      clearInterval(births);
      return server.close();
    },
  };
}

function podCalled(number: number): object {
  return { metadata: { name: `pod-${number}`, resourceVersion: String(number) } };
}

function listOf(pods: number): object {
  const items = Array.from({ length: pods }, (_, index) => podCalled(index + 1));
  return { metadata: { resourceVersion: String(pods) }, items };
}

async function sendEvents(
  response: ServerResponse,
  state: { readonly pods: number },
  after: number,
  over: AbortSignal,
): Promise<void> {
  const end = performance.now() + watchLastsMs;
  response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  let sent = after;
  while (performance.now() < end && !over.aborted) {
    for (; sent < state.pods; sent += 1) {
      response.write(`${JSON.stringify({ type: 'ADDED', object: podCalled(sent + 1) })}\n`);
    }
    await delay(podEveryMs);
  }
  response.end();
}
