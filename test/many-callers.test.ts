/** Promises about many callers, kept with a real plugin, a real server and each real client. */
import { type CredentialSource, createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import {
  execCredential,
  manualClock,
  type RecordedRequest,
  scriptedPlugin,
  startTestApiServer,
} from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Bind, clients } from './clients.js';
import { isFullLoad } from './rotation/load-size.js';

const hourMs = 3_600_000;

// `npm run test:rotation` sends a thousand.
const crowd = isFullLoad ? 1_000 : 60;

/**
 * A server that takes one token at a time, a plugin that prints a new one at each run, and a bound client. What the plugin
 * has printed reaches the manager when nobody holds it back.
 */
async function setUp(bind: Bind, lifetimeMs = hourMs) {
  const clock = manualClock(Date.now());
  let accepted = /^Bearer token-/;
  const server = await startTestApiServer({
    authorize: ({ headers }: RecordedRequest) => accepted.test(headers.authorization ?? ''),
  });
  onTestFinished(() => server.close());
  const printed = (count: number): string =>
    execCredential({ token: `token-${count}`, expiresAt: clock.now() + lifetimeMs });
  const plugin = await scriptedPlugin({ stdout: printed(1) });
  onTestFinished(() => plugin.dispose());
  const exec = execSource(plugin.config);
  let passage: Promise<void> | undefined;
  const source: CredentialSource = {
    name: exec.name,
    load: async (request) => {
      const material = await exec.load(request);
      await passage;
      return material;
    },
  };
  const manager = createCredentialManager({ source, clock });
  onTestFinished(() => manager.close());
  const { send, close } = bind(manager, server);
  onTestFinished(close);
  return {
    clock,
    server,
    plugin,
    manager,
    send,
    accept: (pattern: RegExp) => {
      accepted = pattern;
    },
    /** What the plugin prints from now on. */
    print: (count: number) => plugin.script({ stdout: printed(count) }),
    /** Makes the plugin slow, until what it returns is called. */
    hold: (): (() => void) => {
      let release = (): void => {};
      passage = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    sendMany: async (count: number) => {
      const statuses = await Promise.all(Array.from({ length: count }, () => send('/many')));
      return statuses.reduce<Record<number, number>>((sum, status) => {
        sum[status] = (sum[status] ?? 0) + 1;
        return sum;
      }, {});
    },
  };
}

describe.each(clients)('$name', ({ bind }) => {
  it('runs the plugin once for a crowd of first requests, and once more when the credential has expired', async () => {
    const { clock, plugin, print, sendMany } = await setUp(bind);
    expect(await sendMany(crowd)).toEqual({ 200: crowd });
    expect(plugin.runs()).toBe(1);
    await clock.advance(hourMs);
    print(2);
    expect(await sendMany(crowd)).toEqual({ 200: crowd });
    expect(plugin.runs()).toBe(2);
  });

  it('runs the plugin once more for a crowd of simultaneous 401s, and no caller sees one', async () => {
    const { accept, plugin, print, send, sendMany } = await setUp(bind);
    expect(await send('/first')).toBe(200);
    accept(/token-2$/);
    print(2);
    expect(await sendMany(crowd)).toEqual({ 200: crowd });
    expect(plugin.runs()).toBe(2);
  });

  it('lets no request wait while the credential is due and the plugin is slow', async () => {
    const { clock, plugin, manager, print, hold, send } = await setUp(bind);
    await send('/first');
    print(2);
    const release = hold();
    await clock.advance(hourMs - 60_000);
    for (let request = 0; request < 20; request += 1) expect(await send('/due')).toBe(200);
    await expect.poll(() => plugin.runs()).toBe(2);
    expect(manager.stats().generation).toBe(1);
    release();
    await expect.poll(() => manager.stats().generation).toBe(2);
  });

  it('goes on with the held credential while the plugin fails, without a run for each request', async () => {
    const { clock, plugin, manager, send } = await setUp(bind);
    await send('/first');
    plugin.script({ exitCode: 1 });
    await clock.advance(hourMs - 60_000);
    for (let request = 0; request < 50; request += 1) expect(await send('/due')).toBe(200);
    await expect.poll(() => manager.stats().failures).toBe(1);
    for (let request = 0; request < 50; request += 1) expect(await send('/due')).toBe(200);
    expect(plugin.runs()).toBe(2);
    await clock.advance(60_000);
    await expect(send('/expired')).rejects.toMatchObject({ code: 'ERR_EXEC_EXIT' });
  });

  it('lets one caller abort at once, and another on the same run succeed', async () => {
    const { hold, send, plugin } = await setUp(bind);
    const release = hold();
    const abort = new AbortController();
    const impatient = send('/abort', { signal: abort.signal });
    const patient = send('/stay');
    await expect.poll(() => plugin.runs()).toBe(1);
    abort.abort();
    await expect(impatient).rejects.toThrow();
    release();
    expect(await patient).toBe(200);
    expect(plugin.runs()).toBe(1);
  });
});
