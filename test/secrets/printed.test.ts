import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allClients } from './clients/index.js';
import { allPrinters } from './loggers.js';
import { type Finding, playMatrix, type Tally } from './looks.js';
import { empty, leaks, unprintable } from './plants.js';
import { printers } from './printers.js';
import { situations } from './situations.js';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** `npm run test:secrets` plays everything; here is a sample of it. */
const isFull = process.env['KEYTURN_SECRETS'] === 'full';

/** Where a run is about another version of one client, the others are left out. */
const only = process.env['KEYTURN_SECRETS_CLIENT'];
const clients = allClients.filter((client) => only === undefined || client.package === only);

/** `--plant BINDING` spoils what that binding shows, and so the run has to fail. */
const planted = process.env['KEYTURN_SECRETS_PLANT'];

const sample = ['answered', 'refused', 'aborted when it has arrived', 'nobody listens'];
const quick = [
  'console.dir',
  'console.table',
  'JSON.stringify without cycles',
  'a walk over getters',
];

const played = isFull ? situations : situations.filter(({ name }) => sample.includes(name));

async function usedPrinters(): Promise<typeof printers> {
  return isFull ? allPrinters() : printers.filter(({ name }) => quick.includes(name));
}

describe('no token and no key is in what is printed of', () => {
  const tallies: Tally[] = [];
  let printerCount = 0;
  afterAll(() => report(tallies, printerCount));

  it.each(clients)('$name', { timeout: 600_000 }, async (client) => {
    const used = await usedPrinters();
    printerCount = used.length;
    const tally = await playMatrix({
      world,
      clients: [client],
      situations: played,
      printers: used,
      ...(client.binding === planted && { plant: leaks['in a hidden property'] }),
    });
    tallies.push(tally);
    expect(tally.looks).toBeGreaterThan(0);
    expect(tally.findings.map(sentence)).toEqual([]);
  });
});

/** One client of each binding, over one scheme. */
const oneOfEach = [...new Map(clients.map((client) => [client.binding, client])).values()];
const answered = situations.filter(({ name }) => name === 'answered');

describe.each(oneOfEach)('a fault planted in $binding is found', (client) => {
  const play = async (plant: (typeof leaks)[string]): Promise<readonly Finding[]> => {
    const schemes = client.schemes.slice(0, 1);
    const tally = await playMatrix({
      world,
      clients: [{ ...client, schemes }],
      situations: answered,
      printers,
      plant,
    });
    return tally.findings;
  };

  it.each(Object.entries(leaks))('a secret %s', async (_how, plant) => {
    expect((await play(plant)).map(({ because }) => because)).toContainEqual(
      expect.stringContaining('shows the token'),
    );
  });

  it('something that cannot be printed', async () => {
    expect((await play(unprintable)).map(({ because }) => because)).toContainEqual(
      expect.stringContaining('There is no JSON'),
    );
  });

  // A Response has no properties of its own.
  const hasProperties = client.binding !== 'fetch';

  it.runIf(hasProperties)('something that tells less than the bare client', async () => {
    expect((await play(empty)).map(({ because }) => because)).toContainEqual(
      expect.stringContaining('lacks'),
    );
  });
});

function sentence({ client, scheme, situation, what, printer, because }: Finding): string {
  return `${client} over ${scheme}, ${situation}: ${what}, ${printer}: ${because}`;
}

/** Tells how much was looked at, and leaves it for the sum of all versions. */
function report(tallies: readonly Tally[], printerCount: number): void {
  const sum = (of: (tally: Tally) => number): number =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  const looks = sum((tally) => tally.looks);
  const objects = sum((tally) => tally.objects);
  const hits = sum(({ findings }) => findings.length);
  const clients = `${tallies.length} clients, ${sum(({ trials }) => trials)} requests`;
  const bindings = new Set(tallies.flatMap(({ byBinding }) => [...byBinding.keys()]));
  const product = `${objects} objects × ${printerCount} printers × ${bindings.size} bindings`;
  console.log(`secrets: ${clients}, ${product}, ${looks} looks, ${hits} hits`);
  const path = process.env['KEYTURN_SECRETS_TALLY'];
  if (path === undefined) return;
  mkdirSync(dirname(path), { recursive: true });
  const byBinding = tallies.flatMap(({ byBinding }) => [...byBinding]);
  appendFileSync(
    path,
    `${JSON.stringify({ clients: tallies.length, objects, looks, hits, printers: printerCount, byBinding })}\n`,
  );
}
