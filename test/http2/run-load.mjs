// One client, one server, so many requests. What Go's client would have had an answer to must have one here.
import { createCredentialManager } from '@keyturn/core';
import { seededRandom, startHttp2ApiServer } from '@keyturn/testkit';
import { clients } from './clients.mjs';

/** How the server treats those who ask, by name: one table for all clients. */
export const manners = {
  'refused tokens': {},
  'goaway by chance': { goawayChance: 0.05 },
  'streams refused': { refusedStreamChance: 0.05 },
  'ten streams': { maxConcurrentStreams: 10 },
  'connections cut': { cutChance: 0.01 },
  'all of it': {
    goawayChance: 0.02,
    refusedStreamChance: 0.02,
    cutChance: 0.005,
    maxConcurrentStreams: 20,
  },
};

/** Its node:http2 comes to a standstill now and then, on either side: see `ConnectionHealth`. */
const isNode20 = process.version.startsWith('v20.');
const atOnce = 64;
const rotateEvery = 400;

/**
 * @param {{ name: string, manner: string, count: number, seed: number, execPath?: string, abortChance?: number }} load
 * @returns what became of the requests; `failures` are those that Go's client would have served
 */
export async function runLoad({ name, manner, count, seed, execPath, abortChance = 0.03 }) {
  const random = seededRandom(seed);
  const server = await startHttp2ApiServer({
    ...manners[manner],
    seed,
    tokens: ['token-1'],
    ...(execPath ? { execPath } : {}),
  });
  let newest = 1;
  const manager = createCredentialManager({
    source: { name: 'rotating', load: async () => ({ token: `token-${newest}` }) },
    // As many refusals as there are rotations: the limit has tests of its own.
    refusalLimit: { threshold: 1_000_000, intervalMs: 1 },
  });
  const client = clients[name](manager, server);
  const tally = { answered: 0, aborted: 0, lost: 0, failures: [], pending: 0, settled: 0 };
  const excused = [];
  let sent = 0;

  const one = async (id) => {
    const isPost = random() < 0.5;
    const controller = random() < abortChance ? new AbortController() : undefined;
    if (controller) setTimeout(() => controller.abort(), random() * 8);
    const name = `${isPost ? 'POST' : 'GET'}-${id}`;
    const request = { headers: { 'x-request-id': name }, signal: controller?.signal };
    Object.assign(
      request,
      isPost ? { method: 'POST', body: 'x'.repeat(1 + random() * 2000) } : { method: 'GET' },
    );
    tally.pending += 1;
    const before = newest;
    try {
      const { status, body } = await client.send(request);
      if (status === 200 && body.startsWith('token-')) tally.answered += 1;
      // One refusal is replayed, the next is the caller's: where the token rotated twice meanwhile, that is right.
      else if (status === 401 && newest - before > 1) tally.lost += 1;
      else tally.failures.push({ id: name, what: `${status} ${body}` });
    } catch (error) {
      if (controller?.signal.aborted) tally.aborted += 1;
      else excused.push({ id: name, error });
    } finally {
      tally.pending -= 1;
      tally.settled += 1;
    }
  };
  const work = async () => {
    while (sent < count) {
      sent += 1;
      const id = `${sent}`;
      if (sent % rotateEvery === 0) {
        const [before, after] = [`token-${newest}`, `token-${newest + 1}`];
        // Never a token from the source that the server does not know.
        await server.accept([before, after]);
        newest += 1;
        await server.accept([after]);
      }
      await one(id);
      // Bursts, with some rest in between.
      if (random() < 0.02) await new Promise((resolve) => setTimeout(resolve, random() * 20));
    }
  };
  const whole = Promise.all(Array.from({ length: atOnce }, work));
  await Promise.race([whole, silence(tally)]);

  const report = await server.report();
  for (const { id, error } of excused) {
    if (isLost(error, report)) tally.lost += 1;
    else
      tally.failures.push({
        id,
        what: `${id.split('-')[0]} ${error.code ?? 'NO CODE'}: ${error.message}`,
      });
  }
  // Where a connection broke, a GET may be repeated; nothing else is served twice.
  for (const id of report.servedTwice) {
    if (id.startsWith('POST') || (report.cuts === 0 && tally.lost === 0 && !isNode20))
      tally.failures.push({ id, what: 'served twice' });
  }
  client.close();
  await manager.close();
  await server.close();
  return { ...tally, report };
}

/**
 * Whether Go's client would have failed too: the connection broke under the request, by the server or, on Node 20, because
 * node:http2 has come to a standstill; or the server of Node has dropped it in the moment that another was cancelled.
 */
function isLost({ code, message }, { cuts }) {
  // What stands last is said of an answer that has begun.
  if (
    /^(?:read )?E(?:CONNRESET|PIPE)|connection|Premature close/.test(message) &&
    code !== undefined
  ) {
    return cuts > 0 || message.includes('answers no ping');
  }
  return message.endsWith('NGHTTP2_ENHANCE_YOUR_CALM');
}

/** Resolves when nothing has settled for a long time: a request that never settles is what this looks for. */
async function silence(tally) {
  let before = -1;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 15_000).unref());
    const settled = tally.settled;
    if (settled === before) return;
    before = settled;
  }
}
