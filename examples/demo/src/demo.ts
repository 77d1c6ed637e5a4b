import { type CredentialManager, createCredentialManager, type RotatedEvent } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { type DemoServer, startDemoServer } from '@keyturn/testkit';
import { type DemoClient, makeBareClient, makeClient } from './clients.js';
import { runLoad } from './load.js';
import type { DemoOptions } from './options.js';
import type { DemoReport, NamedReport } from './report.js';
import { revokeSometimes } from './revoke-sometimes.js';
import { Tally } from './tally.js';
import type { DemoView } from './view.js';

const updateEveryMs = 200;
const answerDelayMs = 40;

/**
 * Starts the server, binds the clients to one credential, and loads them until the time is over or `stop` comes.
 * Everything is closed when the report is there.
 */
export async function runDemo(
  options: DemoOptions,
  view: DemoView,
  stop: AbortSignal,
): Promise<DemoReport> {
  let startedAt = performance.now();
  const elapsedMs = (): number => performance.now() - startedAt;
  const tell = (text: string): void => view.event(elapsedMs(), text);

  await using server = await startDemoServer({
    lifetimeMs: options.lifetimeMs,
    answerDelayMs,
  });
  await using manager = createCredentialManager({ source: execSource(server.plugin) });
  const clients = options.clients.map((name) =>
    makeClient(name, { manager, url: server.url, ca: server.ca }),
  );
  const bare = options.bare
    ? await makeBareClient(execSource(server.plugin), { url: server.url, ca: server.ca })
    : undefined;
  const tallies = new Map(
    [...clients, ...(bare === undefined ? [] : [bare])].map((client) => [client, new Tally()]),
  );
  let rotatedAt = Number.NEGATIVE_INFINITY;
  manager.on('rotated', (event) => {
    rotatedAt = performance.now();
    tell(describeRotation(event));
  });
  const stopRevoking = revokeSometimes(manager, options.lifetimeMs, () => {
    if (server.revoke()) tell('the server revoked the token');
  });
  manager.on('refreshFailed', ({ error }) => tell(`the plugin failed: ${error.message}`));

  const report = (): DemoReport => ({
    options,
    elapsedMs: elapsedMs(),
    interrupted: stop.aborted,
    clients: clients.map((client) => reportOf(client, tallies, server)),
    bare: bare && reportOf(bare, tallies, server),
    ...managerReport(manager),
  });
  view.begin(options, server.url);
  startedAt = performance.now();
  const updates = setInterval(() => view.update(report()), updateEveryMs);
  const isOver = (): boolean => stop.aborted || elapsedMs() >= options.durationMs;
  await Promise.all(
    [...tallies].map(([client, tally]) =>
      runLoad({ client, tally, rotatedAt: () => rotatedAt, isOver }),
    ),
  );
  clearInterval(updates);
  stopRevoking();
  const last = report();
  view.update(last);
  view.end();
  for (const client of tallies.keys()) client.unbind();
  return last;
}

function reportOf(
  client: DemoClient,
  tallies: ReadonlyMap<DemoClient, Tally>,
  server: DemoServer,
): NamedReport {
  const { name, userAgent } = client;
  const { refused, opened, open } = server.clientView(userAgent);
  const tally = tallies.get(client) ?? new Tally();
  const { requests, failures, refusals, firstFailure, slowestInRotationMs } = tally;
  return {
    name,
    requests,
    failures,
    // Every refusal was followed by a replay, but for those that were handed on.
    replays: refused - refusals,
    opened,
    drained: opened - open,
    slowestInRotationMs,
    firstFailure,
  };
}

function managerReport(
  manager: CredentialManager,
): Pick<DemoReport, 'pluginRuns' | 'rotations' | 'certificateRotations' | 'credential'> {
  const { runs, rotations, certificateRotations, generation, expiresAt } = manager.stats();
  return {
    pluginRuns: runs,
    rotations,
    certificateRotations,
    credential: {
      generation,
      certificateGeneration: generation === 0 ? 0 : certificateRotations + 1,
      expiresInMs: expiresAt === undefined ? undefined : expiresAt - Date.now(),
    },
  };
}

function describeRotation({ credential, reason, certificateChanged }: RotatedEvent): string {
  const what = certificateChanged ? 'new token and certificate' : 'new token, same certificate';
  const why = reason === 'rejected' ? 'the old token was refused' : `the old one was ${reason}`;
  return `credential ${credential.generation}: ${what}; ${why}`;
}
