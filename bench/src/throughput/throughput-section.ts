import { atLeast, describeSpread } from '../budget.js';
import { Child } from '../child.js';
import { identities } from '../identities.js';
import { measureInPairs, type Pair, ratioOf, type Spread, spreadOf } from '../paired.js';
import type { BenchContext, BudgetLine, FigureTable, Section } from '../section.js';
import type { Block, BlockRequest, SideName } from './client-program.js';
import { measuredClients } from './clients.js';
import type { MeasuredClient, Target } from './measured-client.js';

/** The concurrencies that have a budget, in the order of measuring: the first warms the code up. */
const budgeted: readonly number[] = [32, 1];
const concurrencies: readonly number[] = [...budgeted, 256];

/** https and undici are what everything else rides on. */
const floors: Readonly<Record<string, number>> = { https: 1, undici: 1 };
const usualFloor = 0.97;

/** How much is measured. Milliseconds where it is a time. */
interface Amount {
  /** Fresh processes: one keeps the luck of its start for as long as it lives. */
  readonly launches: number;
  readonly pairsEach: number;
  /** Where there is no budget. */
  readonly fewerPairs: number;
  readonly blockMs: number;
  /** Of each side, until the code of a fresh process is optimised: that takes tens of thousands of requests. */
  readonly warmUpMs: number;
  /** Until the connections of one more concurrency are open. */
  readonly connectMs: number;
}

const whole: Amount = {
  launches: 2,
  pairsEach: 16,
  fewerPairs: 6,
  blockMs: 110,
  warmUpMs: 2_000,
  connectMs: 150,
};
const glance: Amount = {
  launches: 1,
  pairsEach: 5,
  fewerPairs: 0,
  blockMs: 80,
  warmUpMs: 320,
  connectMs: 50,
};

/** Both sides of one client at one concurrency. */
export interface ThroughputFigure {
  readonly client: string;
  readonly concurrency: number;
  /** Requests per second, ours ÷ the bare client's. */
  readonly rate: Spread;
  /** CPU time of the client's process for each request, ours ÷ the bare client's. */
  readonly cpu: Spread;
  readonly ours: Side;
  readonly theirs: Side;
}

/** Medians of one side. */
export interface Side {
  readonly perSecond: number;
  /** Microseconds for each request. */
  readonly cpuUs: number;
}

export const throughputSection: Section = {
  name: 'throughput',
  summary: 'requests through each binding beside the same bare client',
  async run(context) {
    const figures: ThroughputFigure[] = [];
    for (const client of measuredClients) figures.push(...(await measureClient(client, context)));
    return {
      budgets: figures.filter(({ concurrency }) => budgeted.includes(concurrency)).map(budgetOf),
      tables: [tableOf(figures)],
      data: { figures },
    };
  },
};

async function measureClient(
  client: MeasuredClient,
  { quick, say }: BenchContext,
): Promise<ThroughputFigure[]> {
  const amount = quick ? glance : whole;
  const levels = quick ? budgeted : concurrencies;
  const pairs = new Map<number, Pair<Block>[]>(levels.map((each) => [each, []]));
  for (let launch = 1; launch <= amount.launches; launch += 1) {
    say(`throughput: ${client.name}, launch ${launch} of ${amount.launches}`);
    for (const [concurrency, found] of await measureLaunch(client, levels, amount)) {
      pairs.get(concurrency)?.push(...found);
    }
  }
  return levels.map((concurrency) =>
    figureOf(client.name, concurrency, pairs.get(concurrency) ?? []),
  );
}

/**
 * Measures with processes that are fresh: a server, and one client with both sides. Two processes that run the same code
 * differ by a tenth, as their heaps and their optimised code come to lie; the sides of one process share all that.
 */
async function measureLaunch(
  client: MeasuredClient,
  levels: readonly number[],
  { pairsEach, fewerPairs, blockMs, warmUpMs, connectMs }: Amount,
): Promise<[concurrency: number, Pair<Block>[]][]> {
  await using server = new Child(new URL('./server-program.js', import.meta.url));
  await using sender = await senderOf(client, await targetOn(server, client));
  const found: [number, Pair<Block>[]][] = [];
  for (const concurrency of levels) {
    const send = (side: SideName, durationMs: number) => (): Promise<Block> =>
      sender.ask('send', { side, concurrency, durationMs } satisfies BlockRequest);
    const measure = (count: number, durationMs: number): Promise<Pair<Block>[]> =>
      measureInPairs(count, send('bound', durationMs), send('bare', durationMs));
    // In turns as well, so that the code is optimised for what both sides do with it.
    await measure(Math.ceil((found.length === 0 ? warmUpMs : connectMs) / blockMs), blockMs);
    const count = budgeted.includes(concurrency) ? pairsEach : fewerPairs;
    found.push([concurrency, await measure(count, blockMs)]);
  }
  return found;
}

async function targetOn(server: Child, { protocol }: MeasuredClient): Promise<Target> {
  const { authority, server: identity, client: clientCertificate } = await identities();
  const port = await server.ask<number>(protocol, identity);
  const url = `https://localhost:${port}`;
  return { url, ca: authority.certificate, token: 'bench', clientCertificate };
}

async function senderOf({ name }: MeasuredClient, target: Target): Promise<Child> {
  const child = new Child(new URL('./client-program.js', import.meta.url), { args: [name] });
  await child.ask('aim', target);
  return child;
}

const perSecond = ({ requests, elapsedMs }: Block): number => (requests / elapsedMs) * 1_000;
const cpuUs = ({ requests, cpuMs }: Block): number => (cpuMs / requests) * 1_000;

function figureOf(
  client: string,
  concurrency: number,
  pairs: readonly Pair<Block>[],
): ThroughputFigure {
  const side = (blocks: readonly Block[]): Side => ({
    perSecond: spreadOf(blocks.map(perSecond)).median,
    cpuUs: spreadOf(blocks.map(cpuUs)).median,
  });
  return {
    client,
    concurrency,
    rate: ratioOf(pairs, perSecond),
    cpu: ratioOf(pairs, cpuUs),
    ours: side(pairs.map(({ ours }) => ours)),
    theirs: side(pairs.map(({ theirs }) => theirs)),
  };
}

function budgetOf({ client, concurrency, rate }: ThroughputFigure): BudgetLine {
  const what = `request rate, ${client} bound ÷ bare, concurrency ${concurrency}`;
  return atLeast(floors[client] ?? usualFloor, rate, { what });
}

function tableOf(figures: readonly ThroughputFigure[]): FigureTable {
  return {
    title:
      'Requests through a binding, beside the same client with a static header and certificate',
    columns: [
      'client',
      'concurrency',
      'requests/s, bound',
      'requests/s, bare',
      'rate, bound ÷ bare',
      'CPU µs/request, bound',
      'CPU µs/request, bare',
      'CPU, bound ÷ bare',
    ],
    rows: figures.map(({ client, concurrency, rate, cpu, ours, theirs }) => [
      client,
      String(concurrency),
      ours.perSecond.toFixed(0),
      theirs.perSecond.toFixed(0),
      describeSpread(rate),
      ours.cpuUs.toFixed(0),
      theirs.cpuUs.toFixed(0),
      describeSpread(cpu),
    ]),
    note: 'Keep-alive TLS, client certificate and token. In brackets: the middle half of the pairs.',
  };
}
