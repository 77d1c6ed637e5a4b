import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  CredentialError,
  type CredentialManager,
  type CredentialSource,
  type CredentialStore,
  createCredentialManager,
  type StoredRecord,
} from '@keyturn/core';
import {
  controlledSource,
  type ManualClock,
  manualClock,
  memoryStore,
  testSource,
} from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rotatingLogin } from '../../test/rotating-login.js';
import { type SharedSource, type SharedSourceOptions, sharedSource } from './shared-source.js';
import type { StoreMessage } from './store-diagnostics.js';

interface Process {
  readonly source: SharedSource;
  readonly manager: CredentialManager;
}

const hourMs = 3_600_000;
const key = 'login of a person';

/** Processes that share a store; `clock` is that of the store, and of those that bring none of their own. */
function machines(inner: CredentialSource, options: Partial<SharedSourceOptions> = {}) {
  const clock = manualClock();
  const store = options.store ?? memoryStore({ clock });
  const start = (
    own: Partial<SharedSourceOptions> & { readonly clock?: ManualClock } = {},
  ): Process => {
    const { clock: ownClock = clock, ...rest } = own;
    const source = sharedSource(inner, { store, key, ...options, ...rest });
    const manager = createCredentialManager({ source, clock: ownClock });
    onTestFinished(() => manager.close());
    return { source, manager };
  };
  const startMany = (count: number): Process[] => Array.from({ length: count }, () => start());
  return { clock, store, start, startMany };
}

/** Moves the clock until `promise` settles. */
async function under<Result>(clock: ManualClock, promise: Promise<Result>): Promise<Result> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => {});
  for (let steps = 0; !isSettled && steps < 1_000; steps += 1) await clock.advance(50);
  return await promise;
}

/** What ends a load when it is told to. */
const obedient = (inner: CredentialSource): CredentialSource => ({
  name: 'obedient',
  load: (context) =>
    Promise.race([
      inner.load(context),
      new Promise<never>((_, reject) => {
        context.signal.addEventListener('abort', () => reject(context.signal.reason));
      }),
    ]),
});

const currentOf = ({ manager }: Process) => manager.current();
const tokensOf = async (clock: ManualClock, processes: readonly Process[]) => {
  const credentials = await under(clock, Promise.all(processes.map(currentOf)));
  return [...new Set(credentials.map(({ token }) => token))];
};
const totalOf = (processes: readonly Process[], name: keyof ReturnType<SharedSource['stats']>) =>
  processes.reduce((sum, { source }) => sum + source.stats()[name], 0);

describe('fifty processes with one login', () => {
  it('W23 ask for it once at a cold start, once when it has expired and once when it is refused', async () => {
    const login = rotatingLogin();
    const { clock, startMany } = machines(login);
    const processes = startMany(50);
    expect(await tokensOf(clock, processes)).toEqual(['access-2-0']);
    await clock.advance(hourMs);
    expect(await tokensOf(clock, processes)).toEqual(['access-3-0']);
    login.revokeAccess();
    const refused = processes.map(async (each) => each.manager.invalidate(await currentOf(each)));
    const next = await under(clock, Promise.all(refused));
    expect(new Set(next.map((credential) => credential?.token))).toEqual(new Set(['access-4-1']));
    expect(login).toMatchObject({ refreshes: 3, reuses: 0 });
  });

  it('share a failure as they share a success', async () => {
    const inner = controlledSource();
    const { clock, startMany } = machines(inner);
    const waits = startMany(50).map(async (each) => currentOf(each).catch((error) => error.code));
    (await inner.nextLoad()).fail(new CredentialError('ERR_EXEC_EXIT', 'The login was closed.'));
    expect(new Set(await under(clock, Promise.all(waits)))).toEqual(new Set(['ERR_EXEC_EXIT']));
    expect(inner.loads).toHaveLength(1);
  });

  it('leave a source alone for as long as it says, whoever it has said it to', async () => {
    const inner = controlledSource();
    const { clock, start } = machines(inner);
    const first = currentOf(start()).catch((error: CredentialError) => error.retryAfterMs);
    const details = { retryAfterMs: 60_000 };
    (await inner.nextLoad()).fail(new CredentialError('ERR_OAUTH_THROTTLED', 'Too many.', details));
    expect(await under(clock, first)).toBe(60_000);
    await clock.advance(20_000);
    const second: CredentialError = await currentOf(start()).catch((error) => error);
    expect(second.retryAfterMs).toBeGreaterThan(39_000);
    expect(second.retryAfterMs).toBeLessThanOrEqual(40_000);
    expect(inner.loads).toHaveLength(1);
    await clock.advance(40_000);
    const later = currentOf(start());
    (await inner.nextLoad()).succeed({ token: 'again' });
    expect((await under(clock, later)).token).toBe('again');
  });

  it('take the next login of another process after one whose login is over', async () => {
    const inner = controlledSource();
    const { clock, start } = machines(inner);
    const [one, other] = [start(), start()];
    const over = new CredentialError('ERR_OAUTH_GRANT', 'It is over.', { isFinal: true });
    const refused = currentOf(one).catch(({ code, isFinal }) => [code, isFinal]);
    (await inner.nextLoad()).fail(over);
    expect(await under(clock, refused)).toEqual(['ERR_OAUTH_GRANT', undefined]);
    const again = other.manager.refresh();
    (await inner.nextLoad()).succeed({ token: 'new login' });
    await under(clock, again);
    await clock.advance(60_000);
    expect((await under(clock, currentOf(one))).token).toBe('new login');
    expect(inner.loads).toHaveLength(2);
  });

  it('go as nobody together where the source says so', async () => {
    const inner = controlledSource();
    const { clock, start } = machines(inner);
    const first = currentOf(start());
    (await inner.nextLoad()).succeed({ anonymous: true });
    await under(clock, first);
    expect((await currentOf(start())).token).toBeUndefined();
    expect(inner.loads).toHaveLength(1);
  });

  it('count who found it, who waited and who loaded', async () => {
    const { clock, start, startMany } = machines(rotatingLogin());
    const processes = startMany(3);
    await tokensOf(clock, processes);
    const late = start();
    await late.manager.current();
    expect([totalOf(processes, 'loads'), totalOf(processes, 'waits')]).toEqual([1, 2]);
    expect(late.source.stats()).toMatchObject({ hits: 1, loads: 0, waits: 0, failures: 0 });
  });
});

describe('a shared source', () => {
  it('serves what another process has been given, and asks nobody', async () => {
    const login = rotatingLogin();
    const { start } = machines(login);
    const first = await start().manager.current();
    const second = await start().manager.current();
    expect(second).toMatchObject({ token: first.token, expiresAt: first.expiresAt });
    expect(login.refreshes).toBe(1);
  });

  it('carries headers, certificate and key from one process to another', async () => {
    const { createTestAuthority } = await import('@keyturn/testkit');
    const clientCertificate = await (await createTestAuthority()).issueClientCertificate();
    const headers = { 'X-API-Key': 'k' };
    const { start } = machines({ name: 'all', load: async () => ({ headers, clientCertificate }) });
    await start().manager.current();
    const credential = await start().manager.current();
    expect({ ...credential.headers }).toEqual(headers);
    expect(credential.clientCertificate?.privateKey).toBe(clientCertificate.privateKey);
  });

  it('gives a late refusal what another process has loaded since, and starts nothing', async () => {
    const login = rotatingLogin();
    const { start } = machines(login);
    const [one, other] = [start(), start()];
    const [held, refused] = [await currentOf(one), await currentOf(other)];
    login.revokeAccess();
    await one.manager.invalidate(held);
    expect((await other.manager.invalidate(refused))?.token).toBe(login.accepted);
    expect(login.refreshes).toBe(2);
  });

  it('loads anew for refresh(), whatever the store has', async () => {
    const login = rotatingLogin();
    const { start } = machines(login);
    await start().manager.current();
    await start().manager.refresh();
    expect(login).toMatchObject({ refreshes: 2, reuses: 0 });
  });

  it('gives what the source wants back to whoever loads next', async () => {
    const inner = controlledSource();
    const { start } = machines(inner);
    const first = currentOf(start());
    (await inner.nextLoad()).succeed({ token: 'a', state: 'once' });
    await first;
    const second = start().manager.refresh();
    const load = await inner.nextLoad();
    expect(load.context.state).toBe('once');
    load.succeed({ token: 'b' });
    await second;
  });

  it('shares nothing that a manager does not take, an impossible time of the next look neither', async () => {
    const inner = controlledSource();
    const { store, start } = machines(inner);
    const wait = currentOf(start());
    (await inner.nextLoad()).succeed({ token: 't', refreshAt: Number.POSITIVE_INFINITY });
    await expect(wait).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_EXPIRY' });
    expect((await store.read(key))?.value).not.toContain('"token"');
  });

  it('keeps what the source wants back where the rest of what it gave is of no use', async () => {
    const inner = controlledSource();
    const { start } = machines(inner);
    const first = currentOf(start());
    (await inner.nextLoad()).succeed({ token: 'line\nbreak', state: 'kept' });
    await expect(first).rejects.toMatchObject({ code: 'ERR_CREDENTIAL_TOKEN' });
    const second = currentOf(start());
    const load = await inner.nextLoad();
    expect(load.context.state).toBe('kept');
    load.succeed({ token: 'b' });
    await second;
  });

  it('is told at once, without a look, when another manager of this process has finished', async () => {
    const inner = controlledSource();
    const source = sharedSource(inner, { store: memoryStore(), key });
    const clock = manualClock();
    const managers = [1, 2].map(() => createCredentialManager({ source, clock }));
    const waits = managers.map((manager) => manager.current());
    (await inner.nextLoad()).succeed({ token: 't' });
    expect((await Promise.all(waits)).map(({ token }) => token)).toEqual(['t', 't']);
    await Promise.all(managers.map((manager) => manager.close()));
  });

  it('never hands its own notes to the source, nor to a printer', async () => {
    const { start } = machines(rotatingLogin());
    const credential = await start().manager.current();
    expect(JSON.stringify(credential)).not.toContain('refresh-');
    expect(credential).not.toHaveProperty('state');
  });

  it('leaves the others waiting when one of them goes', async () => {
    const inner = controlledSource();
    const { clock, start } = machines(inner);
    const [holder, leaver, waiter] = [start(), start(), start()];
    const held = currentOf(holder);
    const load = await inner.nextLoad();
    const abort = new AbortController();
    const left = leaver.manager.current({ signal: abort.signal });
    const waited = currentOf(waiter);
    await clock.advance(100);
    abort.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    load.succeed({ token: 't' });
    expect(await under(clock, Promise.all([held, waited]))).toMatchObject([
      { token: 't' },
      { token: 't' },
    ]);
    expect(inner.loads).toHaveLength(1);
  });

  it('gives the lease back when its manager closes, so that neither those who wait nor the next one fail', async () => {
    const inner = controlledSource();
    const { clock, start } = machines(obedient(inner));
    const closing = start();
    const wait = currentOf(closing);
    wait.catch(() => {});
    await inner.nextLoad();
    const others = [currentOf(start())];
    await clock.advance(100);
    await closing.manager.close();
    await clock.advance(0);
    others.push(currentOf(start()));
    await clock.advance(1_000);
    (await inner.nextLoad()).succeed({ token: 't' });
    const given = await under(clock, Promise.all(others));
    expect(given.map(({ token }) => token)).toEqual(['t', 't']);
    expect(inner.loads).toHaveLength(2);
  });

  it('saves what arrives after its manager has closed: a refresh token is used up by then', async () => {
    const inner = controlledSource();
    const { clock, start } = machines(inner);
    const closing = start();
    const wait = currentOf(closing);
    wait.catch(() => {});
    const load = await inner.nextLoad();
    await closing.manager.close();
    load.succeed({ token: 'late', state: 'rotated' });
    await clock.advance(0);
    expect((await start().manager.current()).token).toBe('late');
  });

  it('holds up the others for a while and not for ever where its manager has closed and its source never ends', async () => {
    const inner = controlledSource();
    const { clock, start } = machines(inner);
    const closing = start();
    const wait = currentOf(closing);
    wait.catch(() => {});
    await inner.nextLoad();
    await closing.manager.close();
    const next = currentOf(start());
    await clock.advance(30_000);
    expect(inner.loads).toHaveLength(1);
    await clock.advance(60_000);
    (await inner.nextLoad()).succeed({ token: 't' });
    expect((await under(clock, next)).token).toBe('t');
  });

  it('looks a few times in a minute while another process logs in, and runs nothing else', async () => {
    const inner = controlledSource();
    let reads = 0;
    const clock = manualClock();
    const kept = memoryStore({ clock });
    const store: CredentialStore = {
      ...kept,
      read: (name) => {
        reads += 1;
        return kept.read(name);
      },
    };
    const { start } = machines(inner, { store });
    const holder = currentOf(start({ clock }));
    const load = await inner.nextLoad();
    const waiting = start({ clock });
    const waiter = currentOf(waiting);
    await clock.advance(60_000);
    expect(reads).toBeLessThan(100);
    expect(reads).toBeGreaterThan(30);
    load.succeed({ token: 't' });
    await under(clock, Promise.all([holder, waiter]));
    const before = clock.scheduled;
    expect([before, waiting.source.stats().waits]).toEqual([0, 1]);
  });

  it('tells who listens what came of each load, without a secret', async () => {
    const messages: StoreMessage[] = [];
    const listen = (message: unknown): void => void messages.push(message as StoreMessage);
    subscribe('keyturn:store', listen);
    onTestFinished(() => void unsubscribe('keyturn:store', listen));
    const { start } = machines(rotatingLogin());
    await start().manager.current();
    await start().manager.current();
    expect(messages.map(({ outcome }) => outcome)).toEqual(['loaded', 'hit']);
    expect(messages[0]).toMatchObject({ source: 'login', store: 'memory', key, reason: 'initial' });
    expect(JSON.stringify(messages)).not.toMatch(/access-|refresh-/);
  });
});

/** A load by whose end another process has taken the lease, and loaded; its own clock has stood still. */
async function overtaken() {
  const inner = controlledSource();
  const { clock, start } = machines(inner);
  const own = manualClock();
  const wait = currentOf(start({ clock: own }));
  const slow = await inner.nextLoad();
  const next = currentOf(start());
  await clock.advance(20_000);
  (await inner.nextLoad()).succeed({ token: 'newer' });
  await next;
  return { own, wait, slow };
}

describe('a lease', () => {
  it('lasts as long as the load of a holder that lives', async () => {
    const inner = controlledSource();
    const { clock, start } = machines(inner);
    const holder = currentOf(start());
    const load = await inner.nextLoad();
    const waiter = currentOf(start());
    await clock.advance(300_000);
    expect(inner.loads).toHaveLength(1);
    load.succeed({ token: 't' });
    expect((await under(clock, Promise.all([holder, waiter])))[1].token).toBe('t');
  });

  it('ends by itself, and the next one takes over', async () => {
    const { clock, store, start } = machines(rotatingLogin());
    await store.lease(key, 15_000);
    const next = start();
    const wait = currentOf(next);
    await clock.advance(14_000);
    expect(next.source.stats().loads).toBe(0);
    expect((await under(clock, wait)).token).toBe('access-2-0');
    expect(next.source.stats().takeovers).toBe(1);
  });

  it('that was lost lets its holder overwrite nothing, and the holder takes what came after', async () => {
    const inner = controlledSource();
    const { clock, start } = machines(inner);
    // A clock that stands still: the process is stopped.
    const stopped = start({ clock: manualClock() });
    const wait = currentOf(stopped);
    const slow = await inner.nextLoad();
    const next = currentOf(start());
    await clock.advance(20_000);
    (await inner.nextLoad()).succeed({ token: 'newer' });
    await next;
    slow.succeed({ token: 'older' });
    expect((await wait).token).toBe('newer');
    expect((await start().manager.current()).token).toBe('newer');
  });

  it('that is over lets its holder write where nobody came after', async () => {
    const inner = controlledSource();
    const { clock, start } = machines(inner);
    const wait = currentOf(start({ clock: manualClock() }));
    const load = await inner.nextLoad();
    await clock.advance(60_000);
    load.succeed({ token: 't', state: 'rotated' });
    await wait;
    expect((await start().manager.current()).token).toBe('t');
  });

  it('that is lost ends the load, so that a refresh token is not used once more', async () => {
    const { own, wait, slow } = await overtaken();
    await own.advance(6_000);
    expect(slow.context.signal.aborted).toBe(true);
    slow.fail(slow.context.signal.reason);
    expect((await under(own, wait)).token).toBe('newer');
  });

  it('of a store that takes nothing is not asked for without a pause', async () => {
    const clock = manualClock();
    let leases = 0;
    const store: CredentialStore = {
      ...memoryStore({ clock }),
      lease: async () => {
        leases += 1;
        return { fence: `${leases}`, isTakeover: false };
      },
      write: async () => false,
    };
    const abort = new AbortController();
    const { start } = machines({ name: 'quick', load: async () => ({ token: 't' }) }, { store });
    const wait = start({ clock }).manager.current({ signal: abort.signal });
    await clock.advance(10_000);
    expect(leases).toBeLessThan(25);
    abort.abort(new Error('enough'));
    await expect(wait).rejects.toThrow('enough');
  });

  it('that was lost unnoticed has a load that fails look at what came after', async () => {
    const { own, wait, slow } = await overtaken();
    slow.fail(new Error('other side closed'));
    expect((await under(own, wait)).token).toBe('newer');
  });

  it('whose answer was long on its way is asked for once more before anything is used', async () => {
    const inner = controlledSource();
    const { clock, store, start } = machines(inner);
    const own = manualClock();
    const late: CredentialStore = {
      ...store,
      lease: async (...args) => {
        const lease = await store.lease(...args);
        if (inner.loads.length === 0) await new Promise<void>((wake) => own.schedule(4_000, wake));
        return lease;
      },
    };
    const wait = currentOf(start({ store: late, clock: own, leaseMs: 5_000 }));
    await clock.advance(0);
    const next = currentOf(start());
    // Over after 5 s, and looked at once in 1.25 s at least.
    await clock.advance(7_000);
    const load = await inner.nextLoad();
    await own.advance(4_000);
    expect(inner.loads).toHaveLength(1);
    load.succeed({ token: 'newer' });
    await next;
    expect((await under(own, wait)).token).toBe('newer');
  });
});

describe('a logout', () => {
  it('has the next process begin anew', async () => {
    const inner = controlledSource();
    const { store, start } = machines(inner);
    const first = currentOf(start());
    (await inner.nextLoad()).succeed({ token: 'a', state: 'of the login before' });
    await first;
    await store.delete(key);
    const second = currentOf(start());
    const load = await inner.nextLoad();
    expect(load.context.state).toBeUndefined();
    load.succeed({ token: 'b' });
    expect((await second).token).toBe('b');
  });

  it('is not undone by a load that was in the air', async () => {
    const inner = controlledSource();
    const { store, start } = machines(inner);
    const wait = currentOf(start());
    const load = await inner.nextLoad();
    await store.delete(key);
    load.succeed({ token: 'a' });
    await expect(wait).rejects.toMatchObject({ code: 'ERR_STORE_DELETED' });
    expect((await store.read(key))?.value).toBeUndefined();
  });

  it('that ends a load is not followed by another login', async () => {
    const inner = controlledSource();
    const { clock, store, start } = machines(obedient(inner));
    const wait = currentOf(start());
    await inner.nextLoad();
    await store.delete(key);
    await expect(under(clock, wait)).rejects.toMatchObject({ code: 'ERR_STORE_DELETED' });
    expect(inner.loads).toHaveLength(1);
  });

  it('leaves nobody to log in again who waited for the load that it ended', async () => {
    const inner = controlledSource();
    const { clock, store, start } = machines(inner);
    const asking = currentOf(start());
    asking.catch(() => {});
    await inner.nextLoad();
    const waiting = currentOf(start());
    await clock.advance(100);
    await store.delete(key);
    await expect(under(clock, waiting)).rejects.toMatchObject({ code: 'ERR_STORE_DELETED' });
    expect(inner.loads).toHaveLength(1);
  });

  it('is what a load says that fails behind it', async () => {
    const inner = controlledSource();
    const { clock, store, start } = machines(inner);
    const wait = currentOf(start());
    const load = await inner.nextLoad();
    await store.delete(key);
    load.fail(new Error('revoked'));
    await expect(under(clock, wait)).rejects.toMatchObject({ code: 'ERR_STORE_DELETED' });
    expect(inner.loads).toHaveLength(1);
  });
});

describe('clocks that differ by minutes', () => {
  it.each([-300_000, 300_000])('lead to one load all the same: %d ms', async (offsetMs) => {
    const login = rotatingLogin({ lifetimeMs: 240_000 });
    const { clock, start } = machines(login);
    const elsewhere = manualClock(clock.now() + offsetMs);
    await start().manager.current();
    const far = await start({ clock: elsewhere }).manager.current();
    expect(far.expiresAt).toBe(elsewhere.now() + 240_000);
    expect(login.refreshes).toBe(1);
  });

  it('let nobody who waited ask once more for what looks expired', async () => {
    const inner = controlledSource();
    const { clock, store, start } = machines(inner);
    const withoutClock: CredentialStore = {
      ...store,
      read: async (name) => {
        const record = await store.read(name);
        return record && { version: record.version, value: record.value };
      },
    };
    const ahead = manualClock(clock.now() + 600_000);
    const holder = currentOf(start({ store: withoutClock }));
    const load = await inner.nextLoad();
    const waiter = currentOf(start({ store: withoutClock, clock: ahead }));
    await ahead.advance(100);
    load.succeed({ token: 't', expiresAt: clock.now() + 60_000 });
    await holder;
    expect((await under(ahead, waiter)).token).toBe('t');
    expect(inner.loads).toHaveLength(1);
  });
});

describe('a store that fails', () => {
  const broken = (
    store: CredentialStore,
    ...names: (keyof CredentialStore)[]
  ): CredentialStore => ({
    ...store,
    ...Object.fromEntries(
      names.map((name) => [
        name,
        () => Promise.reject(Object.assign(new Error('secret'), { code: 'ECONNREFUSED' })),
      ]),
    ),
  });

  it.each(['read', 'lease'] as const)('in %s has each process load for itself', async (name) => {
    const login = rotatingLogin();
    const { store, start } = machines(login);
    const { manager, source } = start({ store: broken(store, name) });
    expect((await manager.current()).token).toBe('access-2-0');
    expect(source.stats()).toMatchObject({ alone: 1, loads: 0 });
    await manager.refresh();
    expect(login).toMatchObject({ refreshes: 2, reuses: 0 });
  });

  it.each(['read', 'lease'] as const)('in %s fails what must not be used twice', async (name) => {
    const login = rotatingLogin();
    const { store, start } = machines(login, { onStoreFailure: 'fail' });
    const wait = start({ store: broken(store, name) }).manager.current();
    await expect(wait).rejects.toMatchObject({ code: 'ERR_STORE_FAILED' });
    await expect(wait).rejects.toThrow(/ECONNREFUSED/);
    await expect(wait).rejects.not.toThrow(/secret/);
    expect(login.refreshes).toBe(0);
  });

  it('in every call and without a word is given up in time', async () => {
    const { clock, store, start } = machines(rotatingLogin(), { onStoreFailure: 'fail' });
    const silent = { ...store, read: () => new Promise<never>(() => {}) };
    const wait = start({ store: silent }).manager.current();
    wait.catch(() => {});
    await clock.advance(5_000);
    await expect(wait).rejects.toThrow('could not be read within 5000 ms');
  });

  it('in a write costs nobody the credential, and takes it when it works again', async () => {
    const login = rotatingLogin();
    const { clock, store, start } = machines(login, { onStoreFailure: 'fail' });
    let isBroken = true;
    const flaky: CredentialStore = {
      ...store,
      write: (...args) => (isBroken ? Promise.reject(new Error('full')) : store.write(...args)),
    };
    const { manager, source } = start({ store: flaky });
    expect((await manager.current()).token).toBe('access-2-0');
    expect(source.stats()).toMatchObject({ loads: 1, unsaved: 1 });
    await clock.advance(20_000);
    isBroken = false;
    await clock.advance(5_000);
    expect((await start().manager.current()).token).toBe('access-2-0');
    expect(login).toMatchObject({ refreshes: 1, reuses: 0 });
  });

  it('in a write, and comes back without the lease, is given what was loaded all the same, as old as it is', async () => {
    const login = rotatingLogin({ lifetimeMs: 60_000 });
    const clock = manualClock();
    let [kept, isBroken] = [memoryStore({ clock }), true];
    const replaced: CredentialStore = {
      name: 'fails over',
      mayForget: true,
      read: (...args) => kept.read(...args),
      lease: (...args) => kept.lease(...args),
      renew: (...args) => kept.renew(...args),
      release: (...args) => kept.release(...args),
      delete: (...args) => kept.delete(...args),
      write: (...args) => (isBroken ? Promise.reject(new Error('down')) : kept.write(...args)),
    };
    const start = () => {
      const source = sharedSource(login, { store: replaced, key, onStoreFailure: 'fail' });
      const manager = createCredentialManager({ source, clock });
      onTestFinished(() => manager.close());
      return manager;
    };
    const { expiresAt } = await start().current();
    await clock.advance(5_000);
    [kept, isBroken] = [memoryStore({ clock }), false];
    await clock.advance(20_000);
    expect(await start().current()).toMatchObject({ token: 'access-2-0', expiresAt });
    expect(login).toMatchObject({ refreshes: 1, reuses: 0 });
  });

  it('and works again is given what was loaded meanwhile, and not the other way round', async () => {
    const login = rotatingLogin();
    const { clock, store, start } = machines(login);
    let isBroken = false;
    const flaky: CredentialStore = {
      ...store,
      read: (name) => (isBroken ? Promise.reject(new Error('down')) : store.read(name)),
    };
    const { manager } = start({ store: flaky });
    await manager.current();
    isBroken = true;
    await manager.refresh();
    isBroken = false;
    await clock.advance(1_000);
    await manager.refresh();
    expect(login).toMatchObject({ refreshes: 3, reuses: 0 });
    expect((await start().manager.current()).token).toBe('access-4-0');
  });

  it('and forgets a refresh token is a failure of its own, until somebody logs out', async () => {
    const login = rotatingLogin();
    const clock = manualClock();
    let kept = memoryStore({ clock });
    const store: CredentialStore = {
      name: 'forgetful',
      mayForget: true,
      read: (name) => kept.read(name),
      lease: (name, leaseMs) => kept.lease(name, leaseMs),
      renew: (...args) => kept.renew(...args),
      write: (...args) => kept.write(...args),
      release: (...args) => kept.release(...args),
      delete: (name) => kept.delete(name),
    };
    const { start } = machines(login, { store, onStoreFailure: 'fail' });
    const { manager } = start({ clock });
    await manager.current();
    kept = memoryStore({ clock });
    await expect(manager.refresh()).rejects.toMatchObject({ code: 'ERR_STORE_FORGOTTEN' });
    expect(login.reuses).toBe(0);
    // With "load" the process goes on with what it knows.
    const lenient = machines(rotatingLogin(), { store });
    const { manager: other } = lenient.start({ clock });
    await other.current();
    kept = memoryStore({ clock });
    expect((await other.refresh()).token).toBe('access-3-0');
  });

  it('and goes back to an older record is not believed: what was used is not used again', async () => {
    const login = rotatingLogin();
    const { store, start } = machines(login);
    let older: StoredRecord | undefined;
    const behind: CredentialStore = { ...store, read: async (name) => older ?? store.read(name) };
    const { manager } = start({ store: behind, onStoreFailure: 'fail' });
    await manager.current();
    const first = await store.read(key);
    await manager.refresh();
    older = first;
    expect((await manager.refresh()).token).toBe('access-4-0');
    expect(login).toMatchObject({ refreshes: 3, reuses: 0 });
  });

  const unfit = { id: 'i', line: 'l', number: 1, material: { token: 5 }, writtenAt: 1, agedMs: 0 };
  it.each([
    ...['', 'not JSON', '{"format":2}', '{"format":1,"loaded":{}}'],
    JSON.stringify({ format: 1, loaded: unfit }),
  ])('with %s in a record is one that holds nothing, or fails', async (value) => {
    const { store, start } = machines(rotatingLogin());
    const lease = await store.lease(key, 1_000);
    await store.write(key, lease?.fence ?? '', value);
    const strict = start({ onStoreFailure: 'fail' }).manager.current();
    await expect(strict).rejects.toMatchObject({ code: 'ERR_STORE_RECORD' });
    expect((await start().manager.current()).token).toBe('access-2-0');
    expect((await start({ onStoreFailure: 'fail' }).manager.current()).token).toBe('access-2-0');
  });
});

describe('the options of sharedSource', () => {
  const store = memoryStore();
  it.each([
    [{ store }, /"key"/],
    [{ store, key: '' }, /"key"/],
    [{ key }, /"store".*"read"/],
    [{ store: { ...store, renew: undefined }, key }, /lacks "renew"/],
    [{ store, key, leaseMs: 5 }, /"leaseMs"/],
    [{ store, key, onStoreFailure: 'panic' }, /"onStoreFailure"/],
    [{ store, key, lease: 5 }, /no option "lease"/],
  ])('are refused where they make no sense: %#', (options, message) => {
    const given = options as unknown as SharedSourceOptions;
    expect(() => sharedSource(rotatingLogin(), given)).toThrow(message);
  });

  it('take a function in place of a source', async () => {
    const source = sharedSource(async () => ({ token: 't' }), { store: memoryStore(), key });
    const manager = createCredentialManager({ source });
    expect((await manager.current()).token).toBe('t');
    await manager.close();
  });

  it('leave it as interactive as it was', () => {
    const inner = { ...rotatingLogin(), isInteractive: () => true };
    expect(sharedSource(inner, { store, key }).isInteractive?.()).toBe(true);
  });
});

testSource({
  test: it,
  name: 'sharedSource',
  make: () => {
    let mood: 'good' | 'broken' | 'stalled' = 'good';
    const token = 'a-very-secret-token';
    const load: CredentialSource['load'] = async ({ signal }) => {
      signal.throwIfAborted();
      if (mood === 'good') return { token, state: 'a-very-secret-state' };
      if (mood === 'broken') throw new Error('broken');
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    };
    return {
      source: sharedSource({ name: 'inner', load }, { store: memoryStore(), key }),
      secrets: [token, 'a-very-secret-state'],
      fail: () => {
        mood = 'broken';
      },
      mend: () => {
        mood = 'good';
      },
      stall: () => {
        mood = 'stalled';
      },
    };
  },
});
