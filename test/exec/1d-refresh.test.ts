import { execSource } from '@keyturn/core/exec';
import { controlledSource, execCredential, manualClock, scriptedPlugin } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import {
  answer,
  authority,
  bindTo,
  counted,
  expectTokens,
  failureOf,
  hourMs,
  manage,
  pretend,
  startServer,
  tokens,
} from './plugin-stage.js';

const second = 1_000;

/** A source whose tokens live `lifetimeMs`, and a manager with a clock that only the test moves. */
function living(lifetimeMs: number) {
  const clock = manualClock();
  const source = counted((run) => ({ token: `token-${run}`, expiresAt: clock.now() + lifetimeMs }));
  return { clock, source, manager: manage({ source, clock }) };
}

describe('expiry', () => {
  it('B43 treats a credential as expired ten seconds early, or a tenth of a short life', async () => {
    const { clock, source, manager } = living(hourMs);
    await manager.current();
    await clock.advance(hourMs - 10 * second);
    expect(manager.peek()).toBeUndefined();
    expect((await manager.current()).token).toBe('token-2');
    const short = living(10 * second);
    await short.manager.current();
    await short.clock.advance(9 * second);
    expect(short.manager.peek()).toBeUndefined();
    expect(source.contexts.map(({ reason }) => reason)).toEqual(['initial', 'expired']);
  });

  it.each([
    ['no expiry', {}],
    ['null', { expirationTimestamp: null }],
    ["Go's zero time", { expirationTimestamp: '0001-01-01T00:00:00Z' }],
  ])('B44 keeps a credential with %s until a server refuses it', async (_, status) => {
    const clock = manualClock();
    const stdout = answer({ token: 'a-token', ...status });
    const { source, runs } = pretend({}, { stdout });
    const manager = manage({ source, clock });
    const credential = await manager.current();
    await clock.advance(10_000 * hourMs);
    expect(manager.peek()).toBe(credential);
    await manager.invalidate(credential);
    expect(runs).toHaveLength(2);
  });

  it("B45 W07 lets a certificate's own end count where it comes before what the plugin says", async () => {
    const clock = manualClock(Date.now());
    const notAfter = Math.floor(clock.now() / second) * second + hourMs;
    const clientCertificate = await (await authority()).issueClientCertificate({ notAfter });
    const source = counted(() => ({ clientCertificate, expiresAt: clock.now() + 9 * hourMs }));
    const manager = manage({ source, clock });
    expect((await manager.current()).expiresAt).toBe(notAfter);
    await clock.advance(hourMs);
    expect(manager.peek()).toBeUndefined();
  });
});

it('B46 runs the plugin once for all who ask at once', async () => {
  await using plugin = await scriptedPlugin({ stdout: execCredential({ token: 'a-token' }) });
  const server = await startServer();
  const get = bindTo(server, manage({ source: execSource(plugin.config) }));
  const answers = await Promise.all(Array.from({ length: 30 }, () => get('/')));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(plugin.runs()).toBe(1);
});

it('B47 W04 fails all who wait with one run, and pauses longer after each failure', async () => {
  const clock = manualClock();
  const source = controlledSource();
  const manager = manage({ source, clock });
  const waiting = Array.from({ length: 10 }, () => failureOf(manager.current()));
  (await source.nextLoad()).fail(new Error('down'));
  const errors = new Set(await Promise.all(waiting));
  expect(errors.size).toBe(1);
  expect(source.loads).toHaveLength(1);
  const pauses: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    const failed = failureOf(manager.refresh());
    (await source.nextLoad()).fail(new Error('down'));
    await failed;
    pauses.push((manager.stats().nextRefreshAt ?? 0) - clock.now());
  }
  expect(pauses[1]).toBeGreaterThan(pauses[0] ?? 0);
  expect(pauses[2]).toBeGreaterThan(pauses[1] ?? 0);
});

it('B48 loads once for ten refusals of one credential, and again for a refusal of the next', async () => {
  const source = tokens();
  const manager = manage({ source });
  const refused = await manager.current();
  const replays = await Promise.all(Array.from({ length: 10 }, () => manager.invalidate(refused)));
  expect(new Set(replays.map((credential) => credential?.token))).toEqual(new Set(['token-2']));
  expect(source.runs).toBe(2);
  expect(await manager.invalidate(refused)).toMatchObject({ generation: 2 });
  expect(source.runs).toBe(2);
  await manager.invalidate(await manager.current());
  expect(source.runs).toBe(3);
});

it('B48 asks anew for each refusal of a secret that comes back the same, up to the limit', async () => {
  const source = counted(() => ({ token: 'the-same' }));
  const manager = manage({ source, clock: manualClock() });
  for (let count = 0; count < 14; count += 1) {
    expect(await manager.invalidate(await manager.current())).toBeUndefined();
  }
  expect(source.runs).toBe(11);
});

it('B49 W06 uses a result that was born expired for ten seconds, whatever the number of requests', async () => {
  const { clock, source, manager } = living(-hourMs);
  const server = await startServer();
  const get = bindTo(server, manager);
  for (let count = 0; count < 5; count += 1) expect((await get('/')).status).toBe(200);
  expect(source.runs).toBe(1);
  expect(manager.stats().bornExpired).toBe(1);
  await clock.advance(10 * second);
  await get('/');
  expectTokens(server, [...Array(5).fill('token-1'), 'token-2']);
});

it('B50 W03 ends the wait of a caller who aborts, and the run goes on for the others', async () => {
  const source = controlledSource();
  const server = await startServer();
  const get = bindTo(server, manage({ source }));
  const patient = get('/');
  const controller = new AbortController();
  const impatient = get('/', { signal: controller.signal });
  const load = await source.nextLoad();
  controller.abort(new Error('Enough.'));
  await expect(impatient).rejects.toThrow('Enough.');
  expect(load.context.signal.aborted).toBe(false);
  load.succeed({ token: 'late' });
  expect((await patient).status).toBe(200);
});

it('B51 W11 changes nothing, the expiry included, when a part of a result is not valid', async () => {
  const clock = manualClock(Date.now());
  const pair = await (await authority()).issueClientCertificate();
  const other = await (await authority()).issueClientCertificate();
  const mixed = { certificate: pair.certificate, privateKey: other.privateKey };
  const expiresAt = clock.now() + hourMs / 2;
  const source = counted((run) =>
    run === 1
      ? { clientCertificate: pair, expiresAt }
      : { clientCertificate: mixed, expiresAt: clock.now() + 99 * hourMs },
  );
  const manager = manage({ source, clock });
  const held = await manager.current();
  const error = await failureOf(manager.refresh());
  expect(error.code).toBe('ERR_CREDENTIAL_KEY_MISMATCH');
  expect(manager.peek()).toBe(held);
  expect(manager.stats().expiresAt).toBe(expiresAt);
  await clock.advance(hourMs / 2);
  expect(manager.peek()).toBeUndefined();
});

it('B52 uses a token and a certificate together', async () => {
  const server = await startServer();
  const { certificate, privateKey } = await (await authority()).issueClientCertificate({
    commonName: 'both',
  });
  const status = {
    token: 'a-token',
    clientCertificateData: certificate,
    clientKeyData: privateKey,
  };
  const { source } = pretend({}, { stdout: answer(status) });
  await bindTo(server, manage({ source }))('/');
  expect(server.requests[0]).toMatchObject({ token: 'a-token', commonName: 'both' });
});

it('B53 W05 refreshes ahead while requests come, and runs nothing while none do', async () => {
  const { clock, source, manager } = living(hourMs);
  const held = await manager.current();
  expect(clock.scheduled).toBe(0);
  await clock.advance(hourMs - 20 * second);
  expect(source.runs).toBe(1);
  expect(manager.peek()).toBe(held);
  await clock.advance(0);
  expect(source.runs).toBe(2);
  expect(manager.peek()?.token).toBe('token-2');
});
