import { atLeast, describeMedian } from '../budget.js';
import { Child } from '../child.js';
import { identities } from '../identities.js';
import { inDrawnOrder } from '../order.js';
import { measureInPairs, type Pair, ratioOf, type Spread, spreadOf } from '../paired.js';
import type { BenchContext, BudgetLine, FigureTable, Section } from '../section.js';
import type { Block, BlockRequest, SideName } from './client-program.js';
import { controlName, measuredClients } from './clients.js';
import type { MeasuredClient, Target } from './measured-client.js';

/** The concurrencies that have a budget, in the order of measuring: the first warms the code up. */
const budgeted: readonly number[] = [32, 1];
const unbudgeted = 256;

/** https and undici are what everything else rides on. */
const floors: Readonly<Record<string, number>> = { https: 1, undici: 1 };
const usualFloor = 0.97;

/** How much is measured. */
interface Amount {
  /** Fresh processes: one keeps something of the luck of its start for as long as it lives. */
  readonly launches: number;
  /** Of each side, until the code of a fresh process is optimised: that takes tens of thousands of requests. Milliseconds. */
  readonly warmUpMs: number;
  readonly budgeted: Stretch;
  /** Where there is no budget: measured in the last process only, where it is measured at all. */
  readonly other?: Stretch;
}

/** What is measured at one concurrency. Milliseconds where it is a time. */
interface Stretch {
  readonly pairs: number;
  readonly blockMs: number;
  /** Of each side, until its connections are open. */
  readonly connectMs: number;
}

const whole: Amount = {
  launches: 2,
  warmUpMs: 1_000,
  budgeted: { pairs: 52, blockMs: 30, connectMs: 150 },
  other: { pairs: 10, blockMs: 100, connectMs: 400 },
};
const glance: Amount = {
  launches: 1,
  warmUpMs: 240,
  budgeted: { pairs: 6, blockMs: 30, connectMs: 60 },
};

/** Mostly they start processes. */
const quickAbreast = 2;

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
    const found = new Map<MeasuredClient, ThroughputFigure[]>();
    // A look has no use for what the method is off by.
    const measured = measuredClients.filter(({ name }) => !context.quick || name !== controlName);
    await inDrawnOrder(measured, context.quick ? quickAbreast : 1, async (client) => {
      found.set(client, await measureClient(client, context));
    });
    const figures = measured.flatMap((client) => found.get(client) ?? []);
    return {
      budgets: figures.filter(hasBudget).map(budgetOf),
      tables: [tableOf(figures)],
      data: { figures },
    };
  },
};

async function measureClient(
  client: MeasuredClient,
  { quick, say }: BenchContext,
): Promise<ThroughputFigure[]> {
  const { launches, warmUpMs, ...amount } = amountFor(client, quick);
  const pairs = new Map<number, Pair<Block>[]>();
  for (let launch = 1; launch <= launches; launch += 1) {
    say(`throughput: ${client.name}, launch ${launch} of ${launches}`);
    const levels = budgeted.map((each): Level => [each, amount.budgeted]);
    if (amount.other && launch === launches) levels.push([unbudgeted, amount.other]);
    for (const [concurrency, found] of await measureLaunch(client, levels, warmUpMs)) {
      pairs.set(concurrency, [...(pairs.get(concurrency) ?? []), ...found]);
    }
  }
  return [...pairs].map(([concurrency, found]) => figureOf(client.name, concurrency, found));
}

/** The one that is measured beside itself has less to tell. */
function amountFor({ name }: MeasuredClient, quick: boolean): Amount {
  if (quick) return glance;
  if (name !== controlName) return whole;
  const { other: _, ...budgetedOnly } = whole;
  return { ...budgetedOnly, launches: 1 };
}

type Level = readonly [concurrency: number, Stretch];

/**
 * Measures with processes that are fresh: a server, and one client with both sides. Two processes that run the same code
 * differ by a tenth, as their heaps and their optimised code come to lie; the sides of one process share all that.
 */
async function measureLaunch(
  client: MeasuredClient,
  levels: readonly Level[],
  warmUpMs: number,
): Promise<[concurrency: number, Pair<Block>[]][]> {
  await using server = new Child(new URL('./server-program.js', import.meta.url));
  await using sender = await senderOf(client, await targetOn(server, client));
  const found: [number, Pair<Block>[]][] = [];
  for (const [concurrency, { pairs, blockMs, connectMs }] of levels) {
    const send = (side: SideName) => (): Promise<Block> =>
      sender.ask('send', { side, concurrency, durationMs: blockMs } satisfies BlockRequest);
    const measure = (count: number) => measureInPairs(count, send('bound'), send('bare'));
    // In turns as well, so that the code is optimised for what both sides do with it.
    await measure(Math.ceil((found.length === 0 ? warmUpMs : connectMs) / blockMs));
    found.push([concurrency, await measure(pairs)]);
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
  const child = new Child(new URL('./client-program.js', import.meta.url), {
    args: [name],
    execArgv: ['--expose-gc'],
  });
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

function hasBudget({ client, concurrency }: ThroughputFigure): boolean {
  return client !== controlName && budgeted.includes(concurrency);
}

function budgetOf({ client, concurrency, rate }: ThroughputFigure): BudgetLine {
  const what = `request rate, ${client} bound ÷ bare, concurrency ${concurrency}`;
  return atLeast(floors[client] ?? usualFloor, rate, { what, describe: describeMedian });
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
      describeMedian(rate),
      ours.cpuUs.toFixed(0),
      theirs.cpuUs.toFixed(0),
      describeMedian(cpu),
    ]),
    note: 'Keep-alive TLS, client certificate and token. Each block ends with a collection of what it has made. Behind ±: how far the median may be off, at 95 %. In brackets: the middle half of the pairs. The last client is measured beside itself: what it is off by is what the others may be.',
  };
}
