/**
 * Sends the judged request while Object.prototype is polluted. A process of its own: a name on Object.prototype is there
 * for everybody, vitest and the servers of a test included. It reads one trial a line, and answers each with a line, both
 * JSON, while nothing is polluted.
 */
import { createInterface } from 'node:readline';
import { createCredentialManager } from '@keyturn/core';
import { hostileClients } from './clients.js';
import type { HostileClient, ReadyClient } from './hostile-client.js';
import { type Attack, pollutionValues } from './pollution-values.js';

export interface Trial {
  readonly client: string;
  /** What stands on Object.prototype; nothing, for comparison. */
  readonly name?: string | undefined;
  /** `before`: bound before anything is polluted. `under`: bound while it is. `bare`: without us. */
  readonly bound: 'before' | 'under' | 'bare';
  /** The tokens of this trial begin so; the server refuses the first of a client that replays. */
  readonly token: string;
  readonly clientCertificate: { readonly certificate: string; readonly privateKey: string };
  readonly attack: Attack;
}

/** How long a request may take. Milliseconds. */
const limitMs = 10_000;

/** What nobody has caught during a trial. */
let uncaught: unknown;
process.on('uncaughtException', (error) => {
  uncaught ??= error;
});

for await (const line of createInterface({ input: process.stdin })) {
  const outcome = await play(JSON.parse(line) as Trial).catch(describeError);
  const thrown = uncaught === undefined ? '' : `uncaught ${describeError(uncaught)}`;
  uncaught = undefined;
  process.stdout.write(`${JSON.stringify({ outcome: thrown || outcome })}\n`);
}
process.exit();

/** Returns "answered"; fails as the request does. */
async function play(trial: Trial): Promise<string> {
  const client = hostileClients.find(({ name }) => name === trial.client) as HostileClient;
  const bind = (): ReadyClient =>
    trial.bound === 'bare'
      ? client.bare(`${trial.token}-2`, trial.attack)
      : client.bind(
          createCredentialManager({ source: sourceOf(trial, client.replays) }),
          trial.attack,
        );
  const values = pollutionValues(trial.attack);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, fail) => {
    timer = setTimeout(fail, limitMs, new Error(`not settled in ${limitMs} ms`));
  });
  let ready = trial.bound === 'under' ? undefined : bind();
  if (trial.name !== undefined) pollute(trial.name, values[trial.name]);
  try {
    ready ??= bind();
    await Promise.race([ready.send(), limit]);
    return 'answered';
  } finally {
    if (trial.name !== undefined) Reflect.deleteProperty(Object.prototype, trial.name);
    clearTimeout(timer);
    ready?.close();
  }
}

function sourceOf({ token, clientCertificate }: Trial, replays: boolean) {
  let loads = replays ? 0 : 1;
  return {
    name: 'hostile',
    load: async () => {
      loads += 1;
      return { token: `${token}-${loads}`, clientCertificate };
    },
  };
}

function pollute(name: string, value: unknown): void {
  const descriptor = {
    __proto__: null,
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  };
  Object.defineProperty(Object.prototype, name, descriptor as PropertyDescriptor);
}

function describeError(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return `failed: ${code ?? ''} ${message}`;
}
