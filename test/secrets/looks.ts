/** Plays every client in every situation, prints what comes of it in every way, and tells where a secret showed. */

import { setImmediate as turn } from 'node:timers/promises';
import { createCredentialManager } from '@keyturn/core';
import { type Needles, needlesOf } from './needles.js';
import type { Printer } from './printers.js';
import type { SecretClient, Trial } from './secret-client.js';
import type { Situation } from './situations.js';
import type { Scheme, World } from './world.js';

/** Long enough to be told in pieces, with characters that every encoding spells otherwise. */
const token = 'tOk3n~Zq/7+uVx_Kd9-wYb5RmE2sJh8LcTgP';
/** Beside it, in a header of its own. */
const apiKey = 'kEy~4fB0nW_pQ6-zHs1vXa9DtU3rMj7CiLoG';

/** What a bare client sends: the two may share connections, and only one of them keeps it to itself. */
const bareToken = 'something-that-a-bare-client-shows';

export interface Look {
  readonly client: string;
  readonly binding: string;
  readonly scheme: Scheme;
  readonly situation: string;
  readonly what: string;
  readonly printer: string;
}

export interface Finding extends Look {
  /** What is wrong. */
  readonly because: string;
}

export interface Tally {
  readonly looks: number;
  readonly objects: number;
  readonly trials: number;
  readonly findings: readonly Finding[];
  /** Looks by what is bound. */
  readonly byBinding: ReadonlyMap<string, number>;
}

export interface Matrix {
  readonly world: World;
  readonly clients: readonly SecretClient[];
  readonly situations: readonly Situation[];
  readonly printers: readonly Printer[];
  /** Spoils what is shown, to see whether that is found. */
  readonly plant?: (value: unknown, secret: string) => unknown;
}

/** What a bare client shows in the same place. */
interface Shown {
  readonly keys: ReadonlySet<string>;
  readonly value: unknown;
  /** Printers that could not take it at that moment; later its sockets are gone, and with them the cycles. */
  readonly refusedBy: ReadonlySet<string>;
}

export async function playMatrix(matrix: Matrix): Promise<Tally> {
  const { world, clients, situations } = matrix;
  const needles = needlesOf([
    { name: 'the token', text: token },
    { name: 'the header', text: apiKey },
    { name: 'the key', text: secretLine(world.clientCertificate.privateKey) },
  ]);
  const tally = new Counting(matrix, needles);
  for (const client of clients) {
    for (const scheme of client.schemes) {
      for (const situation of situations) {
        if (!(client.plays?.(situation) ?? true)) continue;
        if (!(situation.schemes ?? [scheme]).includes(scheme)) continue;
        await tally.play(client, scheme, situation);
      }
    }
  }
  return tally;
}

/** A line in the middle of a key file: the first ones say what sort of key it is. */
function secretLine(pem: string): string {
  return pem.split('\n')[2] ?? pem;
}

class Counting implements Tally {
  looks = 0;
  objects = 0;
  trials = 0;
  readonly findings: Finding[] = [];
  readonly byBinding = new Map<string, number>();
  readonly #matrix: Matrix;
  readonly #needles: Needles;
  /** What goes deep finds the parts of a thing by itself. */
  readonly #shallow: readonly Printer[];
  readonly #inTurn: readonly Printer[];
  readonly #always: readonly Printer[];

  constructor(matrix: Matrix, needles: Needles) {
    this.#matrix = matrix;
    this.#needles = needles;
    const isAlways = ({ deep, isStrict }: Printer): boolean =>
      deep === 'always' || isStrict === true;
    this.#shallow = matrix.printers.filter(({ deep }) => deep === undefined);
    this.#always = matrix.printers.filter(isAlways);
    this.#inTurn = matrix.printers.filter((printer) => !isAlways(printer));
  }

  /** Those that take turns come to nothing that the walk does not come to; a third of them at a time is soon done. */
  #printersOf(turn: number): readonly Printer[] {
    return [...this.#always, ...inTurn(this.#inTurn, turn)];
  }

  async play(client: SecretClient, scheme: Scheme, situation: Situation): Promise<void> {
    this.trials += 1;
    const bare = new Map<string, Shown>();
    const bareTrial = trialOf(this.#matrix.world, scheme, situation, undefined);
    const doesBareEnd = await perform(client, bareTrial, bareLimitMs, (what, value) => {
      if (bare.has(what)) return;
      bare.set(what, this.#shown(value));
      for (const [name, part] of partsOf(value)) bare.set(`${what}, ${name}`, this.#shown(part));
    });
    const printers = this.#printersOf(this.trials);
    const seen = new Set<object>();
    const trial = trialOf(
      this.#matrix.world,
      scheme,
      situation,
      managerOf(this.#matrix.world, situation),
    );
    const look = {
      client: client.name,
      binding: client.binding,
      scheme,
      situation: situation.name,
    };
    this.#matrix.world.received.clear();
    const limit = doesBareEnd ? limitMs : bareLimitMs;
    const doesEnd = await perform(client, trial, limit, (what, value) => {
      wipeScratch(value);
      const planted = this.#matrix.plant?.(value, `Bearer ${token}`) ?? value;
      this.#lookAt({ ...look, what }, planted, printers, bare.get(what));
      for (const [name, part] of partsOf(planted)) {
        if (seen.has(part)) continue;
        seen.add(part);
        const named = `${what}, ${name}`;
        const some = inTurn(this.#shallow, seen.size);
        this.#lookAt({ ...look, what: named }, part, some, bare.get(named));
      }
    });
    const request = { ...look, what: 'the request' };
    if (doesBareEnd && !doesEnd)
      this.findings.push({ ...request, printer: 'the clock', because: 'has come to nothing' });
    this.#lookAtWire({ ...request, printer: 'the server' });
  }

  /** What is nowhere to be seen must have been sent all the same. */
  #lookAtWire(look: Look): void {
    if (!/^(answered|replayed|refused)/.test(look.situation) || /proxy/.test(look.situation))
      return;
    const { received } = this.#matrix.world;
    if ([...received].some((value) => String(value).startsWith(`Bearer ${token}-`))) return;
    this.findings.push({ ...look, because: 'was sent without the token' });
  }

  #shown(value: unknown): Shown {
    const refusing = this.#matrix.printers.filter(
      ({ isStrict, print }) => isStrict && doesThrow(print, value),
    );
    const refusedBy = new Set(refusing.map(({ name }) => name));
    return { keys: keysOf(value), value, refusedBy };
  }

  #lookAt(
    look: Omit<Look, 'printer'>,
    value: unknown,
    printers: readonly Printer[],
    bare?: Shown,
  ): void {
    this.objects += 1;
    for (const key of isAlike(look) ? (bare?.keys ?? []) : []) {
      // The socket of got over HTTP/2 fails who prints it once its session is closed, so it is kept out of the way.
      if (keysOf(value).has(key) || (look.scheme === 'h2' && ofOtherHttp2.has(key))) continue;
      // With headers of the credential it goes over http, whose failures are those of node:http (decision 0058).
      if (look.client === 'axios over fetch' && look.what.endsWith(', cause')) continue;
      this.findings.push({ ...look, printer: 'Object.keys', because: `lacks ${key}` });
    }
    for (const { name, print } of printers) {
      this.looks += 1;
      this.byBinding.set(look.binding, (this.byBinding.get(look.binding) ?? 0) + 1);
      const find = (because: string): void => {
        this.findings.push({ ...look, printer: name, because });
      };
      try {
        for (const secret of this.#needles.in(print(value))) find(`shows ${secret}`);
      } catch (error) {
        const isBareAsBad = bare?.refusedBy.has(name) || doesThrow(print, bare?.value);
        // Whose sockets an agent holds at that moment, comes by chance.
        const isByChance = look.what.endsWith('agent');
        if (bare !== undefined && !isBareAsBad && !isByChance) find(`throws ${error}`);
        // What printing fails with is printed as well.
        for (const secret of this.#needles.in(String(error))) find(`shows ${secret} in an error`);
      }
    }
  }
}

/**
 * A decompressor has memory of the process as it comes, where anything may have been before it, in other hands: what it has not
 * written into yet is no business of a binding.
 */
function wipeScratch(value: unknown): void {
  const { data } = Object(value) as { readonly data?: unknown };
  for (const part of [value, data]) {
    const { _outBuffer: memory, _outOffset: from } = Object(part) as Record<string, unknown>;
    if (memory instanceof Uint8Array && typeof from === 'number') memory.fill(0, from);
  }
}

/** What stands in the place of a stream or agent of the client's own HTTP/2 has none of these, which no caller reads. */
const ofOtherHttp2: ReadonlySet<string> = new Set([
  'socket',
  'timeout',
  'agent',
  '_destroy',
  '__destroy',
]);

function doesThrow(print: Printer['print'], value: unknown): boolean {
  try {
    print(value);
    return false;
  } catch {
    return true;
  }
}

/** Whether a bare client has the same to tell: it asks no source, and no proxy by our rules; what comes late, comes by chance. */
function isAlike({ situation, binding, what, scheme }: Omit<Look, 'printer'>): boolean {
  // Over a session of ours a cut answer fails before got has kept what it read of it.
  if (scheme === 'h2' && situation === 'cut in the answer') return false;
  // The second hop speaks HTTP/1.1, and is compared with the first of the bare client.
  if (scheme === 'h2' && situation === 'sent away') return false;
  // What we have made ourselves is told other things than what the bare client uses in its place.
  if (/^the (agent|binding|client|dispatcher|options), /.test(what)) return false;
  // It fails with what the signal says.
  if (binding.startsWith('http') && situation.startsWith('aborted')) return false;
  return !/proxy|timed out|close\(\)|source|replayed|among others/.test(situation);
}

/** Own enumerable names, those of the parts included. */
function keysOf(value: unknown): Set<string> {
  const keys = new Set<string>();
  if (typeof value !== 'object' || value === null) return keys;
  for (const key of Object.keys(value)) keys.add(key);
  return keys;
}

/** Names under which answers and errors refer to what may be logged instead of them. */
const partNames = [
  ...['request', 'response', 'config', 'options', 'req', 'res', 'socket', 'cause', 'headers'],
  ...['data', 'body', 'stream', 'session', 'agent', 'client', '_req', '_socket', 'call', 'errors'],
];

function partsOf(value: unknown): [string, object][] {
  if (typeof value !== 'object' || value === null) return [];
  return partNames.flatMap((name): [string, object][] => {
    const part = readOf(value, name);
    return typeof part === 'object' && part !== null ? [[name, part]] : [];
  });
}

function readOf(value: object, name: string): unknown {
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}

type Managers = ReturnType<typeof createCredentialManager>;

function managerOf({ clientCertificate }: World, { life }: Situation): Managers {
  let loads = 0;
  const load = async () => {
    loads += 1;
    if (life === 'without a source') throw new Error('The source is away.');
    const headers = { 'X-API-Key': `${apiKey}-${loads}` };
    return { token: `${token}-${loads}`, headers, clientCertificate };
  };
  return createCredentialManager({ source: { name: 'matrix', load } });
}

interface OpenTrial {
  readonly trial: Omit<Trial, 'show'>;
  readonly abort: (() => Promise<void>) | undefined;
  end(): Promise<void>;
}

function trialOf(
  world: World,
  scheme: Scheme,
  situation: Situation,
  manager: Managers | undefined,
): OpenTrial {
  const { at, path, trusts, proxy, abort } = situation;
  const undo: (() => unknown)[] = [];
  const site = world.sites[scheme];
  const controller = new AbortController();
  const protocol = new URL(site.url).protocol;
  const origin = at === undefined ? site.url : `${protocol}//${world[at]}`;
  const aborts: Readonly<Record<string, () => Promise<void>>> = {
    'at once': async () => controller.abort(),
    'on the way': async () => {
      await turn();
      await turn();
      controller.abort();
    },
    'when it has arrived': async () => {
      await site.nextArrival();
      // The first part of an answer needs a moment.
      for (let turns = 0; turns < 20; turns += 1) await turn();
      controller.abort();
    },
  };
  return {
    trial: {
      situation,
      scheme,
      manager,
      authorization: `Bearer ${bareToken}`,
      origin,
      url: origin + path,
      ca: trusts === false ? undefined : world.ca,
      proxy: proxy && (proxy === 'nobody' ? `http://${world.nobody}` : world.refusingProxy),
      signal: abort && controller.signal,
      clientCertificate: world.clientCertificate,
      defer: (each) => undo.push(each),
    },
    abort: abort && aborts[abort],
    end: async () => {
      await manager?.close();
      for (const each of undo.reverse()) await each();
    },
  };
}

/** Of those that take turns, each has its own once in so many times. */
const turns = 3;

function inTurn(printers: readonly Printer[], turn: number): readonly Printer[] {
  return printers.filter((_each, index) => index % turns === turn % turns);
}

/** Longer than anything here takes; but for what some bare clients never end. Milliseconds. */
const limitMs = 20_000;
const bareLimitMs = 5_000;

/** Returns whether anything has come of it within `limit`. */
async function perform(
  client: SecretClient,
  { trial, abort, end }: OpenTrial,
  limit: number,
  show: Trial['show'],
): Promise<boolean> {
  const { situation, manager, url } = trial;
  // Most programs hold a credential by the time that anything goes wrong.
  if (situation.life === undefined) await manager?.current();
  let isLooking = true;
  const send = client.open({ ...trial, show: (...shown) => isLooking && show(...shown) });
  if (situation.life === 'closed') await manager?.close();
  // Some of them are under way, and the rest waits for a connection.
  const others = (): void => {
    const another = `${trial.origin}/hang`;
    for (const each of [another, another]) void send(each).catch(() => {});
  };
  if (situation.amongOthers) others();
  const sent = send(url);
  if (situation.amongOthers) others();
  void abort?.();
  const hasEnded = await isDoneWithin(limit, sent);
  isLooking = false;
  await end();
  return hasEnded;
}

async function isDoneWithin(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const done = work.then(() => true);
  return await Promise.race([done, late]).finally(() => clearTimeout(timer));
}
