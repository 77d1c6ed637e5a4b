import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isCredentialError } from '@keyturn/core';
import { Command, InvalidArgumentError, Option } from 'commander';
import { createLogUpdate } from 'log-update';
import { type LoginProvider, startLoginProvider } from './login-provider.js';
import { expectStore, type StorePlace } from './open-store.js';
import { picture } from './picture.js';
import { Workers } from './workers.js';

interface Options {
  readonly processes: number;
  readonly kill: number;
  readonly seconds: number;
  readonly store: 'file' | 'redis';
  readonly redis: string;
}

const lifetimeMs = 3_000;
const leaseMs = 1_500;
const drawMs = 200;

await new Command('npm run example:many-processes --')
  .description('Starts processes that share one login, whose refresh tokens may be used once.')
  .option('--processes <number>', 'how many', whole, 20)
  .option(
    '--kill <number>',
    'how many are killed at some moment; one more is stopped for a while',
    whole,
    4,
  )
  .option('--seconds <number>', 'how long', whole, 12)
  .addOption(
    new Option('--store <kind>', 'where they share it').choices(['file', 'redis']).default('file'),
  )
  .option('--redis <url>', 'the server of --store redis', 'redis://127.0.0.1:6379')
  .action(run)
  .parseAsync();

async function run(options: Options): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'keyturn-many-'));
  try {
    await share(options, directory);
  } catch (error) {
    // That of a store says what to do.
    if (!isCredentialError(error)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function share(options: Options, directory: string): Promise<void> {
  const place: StorePlace = {
    kind: options.store,
    at: options.store === 'file' ? directory : options.redis,
    encryptionKey: randomBytes(32).toString('base64'),
  };
  await expectStore(place);
  const provider = await startLoginProvider({ lifetimeMs, refreshMs: 40, leewayMs: 5_000 });
  console.log(`Starting ${options.processes} processes ...`);
  const workers = new Workers(options.processes, {
    url: provider.url,
    place,
    leaseMs,
    pauseMs: 100,
  });
  const stop = show(() => picture(workers.all, provider.report(), place.at));
  await workers.ready();
  await upset(workers, options, provider);
  await workers.end();
  stop();
  const login = provider.report();
  if (login.isRevoked || workers.all.some(({ report }) => report.failed > 0)) process.exitCode = 1;
  await provider.close();
}

/** Kills some at random moments, stops one for longer than its lease, and has the API refuse a token before its time. */
async function upset(
  workers: Workers,
  { kill, seconds }: Options,
  provider: LoginProvider,
): Promise<void> {
  const endsAt = Date.now() + seconds * 1_000;
  const deeds = [
    ...Array.from({ length: kill }, () => () => workers.kill()),
    () => workers.stop(2 * leaseMs),
    () => refuse(provider),
  ];
  for (const [index, deed] of deeds.entries()) {
    const left = endsAt - Date.now();
    await pause((left / (deeds.length - index + 1)) * (0.5 + Math.random()));
    await deed();
  }
  await pause(Math.max(0, endsAt - Date.now()));
}

/**
 * Refuses what has been given so far, once everybody has the latest. Else who still holds the token before would take the latest in
 * its place, and meet with a second refusal.
 */
async function refuse(provider: LoginProvider): Promise<void> {
  while (Date.now() - provider.report().givenAt < lifetimeMs / 3) await pause(20);
  provider.refuseAccess();
}

/** Draws over and over on a terminal, and writes a line now and then elsewhere. */
function show(draw: () => string): () => void {
  if (!process.stdout.isTTY) return () => console.log(draw());
  const update = createLogUpdate(process.stdout);
  const timer = setInterval(() => update(draw()), drawMs);
  return () => {
    clearInterval(timer);
    update(draw());
    update.done();
  };
}

function whole(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('It has to be a whole number.');
}
