import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { startTestApiServer, type TestApiServer } from '@keyturn/testkit';

const eventEveryMs = 100;

/** What the server knows in the end, to be compared with what the client saw. */
export interface Ledger {
  /** Events sent. */
  events: number;
  /** Numbers of the POSTs that have arrived, whole. */
  readonly posts: number[];
}

/** A server that lets nobody in without a valid client certificate. Its watch ends with `over`. */
export function startServer(ledger: Ledger, over: AbortSignal): Promise<TestApiServer> {
  return startTestApiServer({
    clientCertificate: 'require',
    keepRequests: 0,
    respond: async (_, response, { path, body, commonName }) => {
      if (path === '/watch') return sendEvents(response, ledger, over);
      const { number } = JSON.parse(body.toString()) as { readonly number: number };
      ledger.posts.push(number);
      response.end(commonName);
    },
  });
}

async function sendEvents(
  response: ServerResponse,
  ledger: Ledger,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted && !response.destroyed) {
    ledger.events += 1;
    response.write(`${ledger.events}\n`);
    await delay(eventEveryMs);
  }
  response.end();
}
