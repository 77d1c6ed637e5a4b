import { createCredentialManager, staticSource } from '@keyturn/core';
import {
  createTestAuthority,
  type RecordedRequest,
  startTestApiServer,
  type TestApiServer,
} from '@keyturn/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { printTable } from './print-table.js';
import {
  type PlannedHop,
  planHops,
  type RedirectChain,
  type RedirectPlaces,
  redirectChains,
} from './redirect-chains.js';
import { type Follower, type RedirectClient, redirectClients } from './redirect-clients.js';

const ways = [302, 307, 308].flatMap((status) => [
  { status, body: undefined },
  { status, body: 'a body' },
]);
/** With `npm run test:hostile` every chain in every way with every client; else each in one way, another for each client. */
const isFull = process.env['KEYTURN_HOSTILE'] === 'full';
const token = 'never-elsewhere';

type SeenRequest = RecordedRequest & { readonly server: string };

/** What the servers answer, by path. */
const answers = new Map<string, { readonly status: number; readonly location: string }>();
/** What the servers were sent, by path. */
const seen = new Map<string, SeenRequest>();
const servers: TestApiServer[] = [];
/** What the last hop of each chain was seen to carry, by client. */
const columns = new Map<string, readonly string[]>();
let places: RedirectPlaces;
let manager: ReturnType<typeof createCredentialManager>;

beforeAll(async () => {
  const authority = await createTestAuthority();
  const start = async (plainHttp = false): Promise<string> => {
    const server = await startTestApiServer({
      authority,
      plainHttp,
      respond: (_, response, request) => {
        seen.set(request.path, { ...request, server: server.url });
        const { status = 200, location } = answers.get(request.path) ?? {};
        response.writeHead(status, location === undefined ? {} : { location }).end('answered');
      },
    });
    servers.push(server);
    return server.url;
  };
  places = {
    good: await start(),
    other: await start(),
    evil: await start(),
    plain: await start(true),
  };
  const clientCertificate = await authority.issueClientCertificate({ commonName: 'me' });
  manager = createCredentialManager({ source: staticSource({ token, clientCertificate }) });
  await manager.current();
});

afterAll(async () => {
  await manager.close();
  for (const server of servers) await server.close();
  const rows = redirectChains.map(
    ({ name }, index) =>
      [name, ...[...columns.values()].map((cells) => cells[index] ?? '')] as const,
  );
  printTable('302, 307, 308, each with and without a body', [...columns.keys()], rows);
});

it.each(redirectClients)(
  '$name keeps a chain anonymous that has been elsewhere',
  async (client) => {
    const { good, other } = places;
    const tls = { ca: servers[0]?.ca ?? '' };
    const follower = client.bind(manager, { origins: [good, other], tls });
    const faults: string[] = [];
    try {
      const walks = redirectChains.map((chain) => walkAll(client, follower, chain));
      const cells = await Promise.all(walks);
      faults.push(...cells.flatMap((cell) => cell.faults));
      columns.set(
        client.name,
        cells.map(({ text }) => text),
      );
    } finally {
      await follower.close();
    }
    expect(faults).toEqual([]);
  },
);

interface Cell {
  readonly text: string;
  readonly faults: readonly string[];
}

/** Sends the request of `chain` with every status and body, one after the other. */
async function walkAll(
  client: RedirectClient,
  follower: Follower,
  chain: RedirectChain,
): Promise<Cell> {
  const faults: string[] = [];
  const ends = new Set<string>();
  const turn = redirectChains.indexOf(chain) + redirectClients.indexOf(client);
  for (const { status, body } of isFull ? ways : ways.slice(turn % ways.length).slice(0, 1)) {
    const id = `/${encodeURIComponent(`${client.name} ${chain.name} ${status} ${body ?? ''}`)}`;
    const hops = planHops(chain, places, id);
    for (const [index, { path }] of hops.entries()) {
      const next = hops[index + 1];
      if (next !== undefined) answers.set(path, { status, location: next.text });
    }
    await follower.follow(hops[0]?.text ?? '', body).catch(() => {});
    const requests = hops.map(({ path }) => seen.get(path));
    const found = hops.flatMap((hop, index) => faultsOf(client, hop, requests[index]));
    const end = client.followsNone ? requests[0] : requests.at(-1);
    if (end === undefined && chain.reachesTheEnd !== false) found.push('ended early');
    faults.push(
      ...found.map((fault) => `${chain.name}, ${status} ${body ?? 'without a body'}: ${fault}`),
    );
    ends.add(carriedBy(requests.at(-1)));
  }
  return { text: [...ends].join(' '), faults };
}

function faultsOf(
  { dropsToken }: RedirectClient,
  { port, carries, namesUser }: PlannedHop,
  request: SeenRequest | undefined,
): string[] {
  if (request === undefined) return [];
  const { port: asked } = new URL(request.server);
  if (asked !== port) return [`asked port ${asked} in place of ${port}`];
  const carried = carriedBy(request);
  if (!carries) return carried === 'none' ? [] : [`carried ${carried} out of scope`];
  if (namesUser || dropsToken) return [];
  return carried === 'both' ? [] : [`carried ${carried} in scope`];
}

function carriedBy(request: SeenRequest | undefined): string {
  if (request === undefined) return '-';
  const { token: sent, commonName } = request;
  if (sent === undefined) return commonName === undefined ? 'none' : 'certificate';
  return commonName === undefined ? 'token' : 'both';
}
