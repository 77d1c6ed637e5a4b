/**
 * Names on Object.prototype × clients: the server is sent the same as without them, with token and certificate, and nobody
 * else is sent anything. Where the client itself takes such a name for an option of its caller, before we are asked, the
 * same becomes of a bound request as of a bare one, but no credential goes anywhere else. `npm run test:pollution` tries
 * all names; `npm run test:hostile` some of each kind.
 */
import { createTestAuthority } from '@keyturn/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileClients } from './clients.js';
import { type HostileServer, type Seen, startHostileServer } from './hostile-server.js';
import { LineProgram } from './line-program.js';
import type { Trial } from './pollution-program.js';
import {
  type Attack,
  bindingNames,
  pollutionValues,
  sampleNames,
  verificationNames,
} from './pollution-values.js';
import { printTable } from './print-table.js';

interface Theatre {
  readonly good: HostileServer;
  readonly evil: HostileServer;
  /** Nobody that is trusted has issued its certificate. */
  readonly impostor: HostileServer;
  readonly program: LineProgram;
  readonly attack: Attack;
  readonly clientCertificate: Trial['clientCertificate'];
}

let theatre: Theatre;
const columns = new Map<string, Readonly<Record<string, string>>>();
/** `full`, or some names with commas between them. */
const asked = process.env['KEYTURN_POLLUTION'];
const isFull = asked === 'full';

beforeAll(async () => {
  theatre = await openTheatre();
});

afterAll(async () => {
  const { good, evil, impostor, program } = theatre;
  program[Symbol.dispose]();
  await Promise.all([good, evil, impostor].map((server) => server[Symbol.asyncDispose]()));
  const titles = [...columns.keys()];
  const names = [...new Set([...columns.values()].flatMap((column) => Object.keys(column)))];
  const rows = names.map((name): [string, ...string[]] => [
    name,
    ...titles.map((title) => columns.get(title)?.[name] ?? '-'),
  ]);
  printTable('on Object.prototype', titles, rows);
});

describe.each(hostileClients)('$name', { timeout: 600_000 }, ({ name: client }) => {
  const names = (): readonly string[] =>
    isFull ? Object.keys(pollutionValues(theatre.attack)) : (asked?.split(',') ?? sampleNames);

  it('sends the same whatever stands on Object.prototype', async () => {
    const column = await play(client, 'before', names());
    columns.set(client, column);
    expect(wrongCells(column, ['same', 'as bare', ...asNobody(client)])).toEqual([]);
  });

  it('is bound the same whatever stands there', async () => {
    const column = await play(client, 'under', isFull ? bindingNames : bindingNames.slice(0, 5));
    columns.set(`${client}, bound then`, column);
    expect(wrongCells(column, ['same', 'as bare'])).toEqual([]);
  });

  it('trusts nobody because of what stands there', async () => {
    const column: Record<string, string> = {};
    for (const name of verificationNames) column[name] = await meetImpostor(client, name);
    columns.set(`${client}, impostor`, column);
    expect(wrongCells(column, ['refused', 'anonymous'])).toEqual([]);
  });
});

/** got reads whom to trust and over what to connect before we are asked: a request that it has misled goes as nobody. */
function asNobody(client: string): readonly string[] {
  return client === 'got' ? ['as nobody'] : [];
}

function wrongCells(
  column: Readonly<Record<string, string>>,
  right: readonly string[],
): readonly string[] {
  const wrong = Object.entries(column).filter(([, cell]) => !right.includes(cell));
  return wrong.map(([name, cell]) => `${name}: ${cell}`);
}

async function play(
  client: string,
  bound: Trial['bound'],
  names: readonly string[],
): Promise<Record<string, string>> {
  const expected = await tell({ client, bound });
  const column: Record<string, string> = {};
  for (const name of names) {
    const told = await tell({ client, bound, name });
    if (told === expected) column[name] = 'same';
    else if (told === anonymous(expected)) column[name] = 'as nobody';
    else column[name] = await beside(client, name, told);
  }
  return column;
}

/** What the server is told, and the caller, where nobody has asked. */
function anonymous(told: string): string {
  const [seen = '[]', ...others] = told.split('\n').slice(-2);
  return [JSON.stringify(nobodys(JSON.parse(seen))), ...others].join('\n');
}

function nobodys([method, path, type, { authorization: _, ...headers }, body]: SeenParts) {
  return [method, path, type, headers, body, null, null];
}

type SeenParts = [string, string, string, Record<string, string>, string];

/** Compares what became of a bound request with what becomes of a bare one. */
async function beside(client: string, name: string, told: string): Promise<string> {
  if (told.startsWith(astray)) return told;
  // What is left of the trial would be taken for a part of the next.
  theatre.program.restart();
  const expected = bareOutcomes.get(client) ?? (await tell({ client, bound: 'bare' }));
  bareOutcomes.set(client, expected);
  const bare = await tell({ client, bound: 'bare', name });
  theatre.program.restart();
  return bare === expected ? told : 'as bare';
}

/** What becomes of a bare request while nothing is polluted, by client. */
const bareOutcomes = new Map<string, string>();

const astray = 'astray with the credential';

/** Sends one request, and tells what became of it. */
async function tell(trial: Pick<Trial, 'client' | 'bound' | 'name'>): Promise<string> {
  const { good, evil } = theatre;
  const outcome = await send(trial);
  if (evil.seen.some(({ token, commonName }) => (token ?? commonName) !== undefined)) return astray;
  if (evil.seen.length > 0) return 'astray';
  return [...good.seen.map(describeSeen), outcome].join('\n');
}

async function meetImpostor(client: string, name: string): Promise<string> {
  const { impostor, attack } = theatre;
  const outcome = await send(
    { client, bound: 'before', name },
    { ...attack, good: impostor.origin },
  );
  if (impostor.seen.some(({ token, commonName }) => (token ?? commonName) !== undefined)) {
    return 'fooled';
  }
  if (impostor.seen.length > 0) return 'anonymous';
  return outcome.startsWith('failed') ? 'refused' : outcome;
}

async function send(
  trial: Pick<Trial, 'client' | 'bound' | 'name'>,
  attack: Attack = theatre.attack,
): Promise<string> {
  const { good, evil, impostor, program, clientCertificate } = theatre;
  for (const { seen } of [good, evil, impostor]) seen.length = 0;
  const answer = await program.ask<{ readonly outcome: string }>({
    ...trial,
    attack,
    clientCertificate,
    token: 'token',
  } satisfies Trial);
  if (answer === undefined) program.restart();
  return answer?.outcome ?? 'the process has ended';
}

/** Everything but what differs each time. */
function describeSeen({ method, path, headers, body, token, commonName }: Seen): string {
  const { 'sec-websocket-key': _, 'grpc-timeout': __, 'content-type': type, ...others } = headers;
  const [, boundary = ''] = /boundary=(.*)$/.exec(String(type)) ?? [];
  const text = JSON.stringify([method, path, type, others, body, token, commonName]);
  return boundary === '' ? text : text.replaceAll(boundary, 'boundary');
}

async function openTheatre(): Promise<Theatre> {
  const [authority, stranger] = await Promise.all([createTestAuthority(), createTestAuthority()]);
  const accepts = ({ token }: Seen): boolean => !token?.endsWith('-1');
  const good = await startHostileServer({ authority, accepts });
  const evil = await startHostileServer({ authority });
  const impostor = await startHostileServer({ authority: stranger });
  const attack: Attack = {
    good: good.origin,
    evil: evil.origin,
    ca: authority.certificate,
    strangerCa: stranger.certificate,
    strangerPair: await stranger.issueClientCertificate({ commonName: 'evil' }),
  };
  const clientCertificate = await authority.issueClientCertificate({ commonName: 'client' });
  const program = await LineProgram.start('pollution-program');
  return { good, evil, impostor, program, attack, clientCertificate };
}
