import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type CredentialManager,
  type CredentialMaterial,
  createCredentialManager,
  type LoadContext,
} from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { execCredential, manualClock } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

type Load = (context: LoadContext) => Promise<CredentialMaterial>;

function managerOf(load: Load, name = 'test'): CredentialManager {
  const manager = createCredentialManager({ source: { name, load }, clock: manualClock() });
  onTestFinished(() => manager.close());
  return manager;
}

const recursion = { code: 'ERR_SOURCE_RECURSION' };

describe('a source that asks the manager it feeds', () => {
  const ways: Readonly<Record<string, (manager: CredentialManager) => Promise<unknown>>> = {
    'with current()': (manager) => manager.current(),
    'with refresh()': (manager) => manager.refresh(),
    'with a signal': (manager) => manager.current({ signal: new AbortController().signal }),
    'after awaits': async (manager) => {
      await nextTurn();
      await null;
      return manager.current();
    },
    'in a promise chain': (manager) =>
      Promise.resolve()
        .then(() => nextTurn())
        .then(() => manager.current()),
    'in a callback': (manager) =>
      new Promise((resolve, reject) => {
        setImmediate(() => process.nextTick(() => manager.current().then(resolve, reject)));
      }),
    'in a timer': (manager) =>
      new Promise((resolve, reject) => {
        setTimeout(() => manager.refresh().then(resolve, reject), 1);
      }),
    'among others': (manager) => Promise.all([nextTurn(), manager.current()]),
  };

  it.each(Object.entries(ways))('%s fails at once', async (_, ask) => {
    const manager: CredentialManager = managerOf(async () => {
      await ask(manager);
      return { token: 'never' };
    });
    await expect(manager.current()).rejects.toMatchObject(recursion);
    expect(manager.stats()).toMatchObject({ runs: 1, lastErrorCode: 'ERR_SOURCE_RECURSION' });
  });

  it('to replace a refused credential fails at once', async () => {
    let runs = 0;
    const manager: CredentialManager = managerOf(async () => {
      runs += 1;
      if (runs > 1) await manager.invalidate(held);
      return { token: `t${runs}` };
    });
    const held = await manager.current();
    await expect(manager.refresh()).rejects.toMatchObject(recursion);
    expect(manager.peek()).toBe(held);
  });

  it('may handle the failure, and answer by other means', async () => {
    const manager: CredentialManager = managerOf(async () => {
      const code = await manager.current().catch((error) => error.code);
      return { token: code };
    });
    expect((await manager.current()).token).toBe('ERR_SOURCE_RECURSION');
  });

  it('while what is held is still good gets that, and waits for nothing', async () => {
    const manager: CredentialManager = managerOf(async ({ reason }) => {
      return {
        token: reason === 'initial' ? 'first' : `${(await manager.current()).token}, renewed`,
      };
    });
    await manager.current();
    expect((await manager.refresh()).token).toBe('first, renewed');
  });

  it('names the source and the way out', async () => {
    const manager: CredentialManager = managerOf(() => manager.current() as never, 'vault');
    await expect(manager.current()).rejects.toThrow(
      'Credential source "vault" asked, inside its own load, the manager that waits for it. Send its requests through a client that is not bound to this manager.',
    );
  });
});

describe('managers that feed on each other', () => {
  it('may: a load asks another manager', async () => {
    const inner = managerOf(async () => ({ token: 'inner' }));
    const outer = managerOf(async () => ({ token: `outer of ${(await inner.current()).token}` }));
    expect((await outer.current()).token).toBe('outer of inner');
  });

  it('fail where they form a ring', async () => {
    const a: CredentialManager = managerOf(async () => b.current() as never, 'a');
    const b: CredentialManager = managerOf(async () => c.current() as never, 'b');
    const c: CredentialManager = managerOf(async () => a.current() as never, 'c');
    await expect(a.current()).rejects.toMatchObject(recursion);
  });

  it('fail where they form a ring, also when each was asked by somebody else first', async () => {
    const a: CredentialManager = managerOf(async () => {
      await nextTurn();
      return b.current() as never;
    }, 'a');
    const b: CredentialManager = managerOf(async () => {
      await nextTurn();
      return a.current() as never;
    }, 'b');
    const failures = await Promise.allSettled([a.current(), b.current()]);
    expect(failures).toMatchObject([{ reason: recursion }, { reason: recursion }]);
  });

  it('form no ring where a load has given up waiting for the other', async () => {
    const abort = new AbortController();
    let goOn = (): void => {};
    const b: CredentialManager = managerOf(async () => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      return { token: `b after ${(await a.current()).token}` };
    });
    const a: CredentialManager = managerOf(async () => {
      const waiting = b.current({ signal: abort.signal }).catch(() => {});
      await nextTurn();
      abort.abort();
      await waiting;
      goOn();
      await nextTurn();
      return { token: 'a' };
    });
    await a.current();
    expect((await b.current()).token).toBe('b after a');
  });
});

describe('no source asks', () => {
  it('in a timer that its load left behind', async () => {
    let late: Promise<unknown> | undefined;
    const manager: CredentialManager = managerOf(async () => {
      setTimeout(() => {
        late ??= manager.refresh();
      }, 20);
      return { token: 'x' };
    });
    await manager.current();
    await expect.poll(() => late).toBeDefined();
    expect(await late).toMatchObject({ token: 'x' });
  });

  it.each(['rotated', 'refreshFailed', 'closed'] as const)(
    'in a listener of "%s", while a load waits for that manager',
    async (event) => {
      let asked: Promise<unknown> | undefined;
      let runs = 0;
      const inner = managerOf(async () => {
        runs += 1;
        if (event === 'refreshFailed' && runs === 2) throw new Error('no');
        return { token: `t${runs}` };
      });
      await inner.current();
      const outer: CredentialManager = managerOf(async () => {
        await (event === 'closed' ? inner.close() : inner.refresh().catch(() => {}));
        await nextTurn();
        return { token: 'outer' };
      });
      inner.on(event, () => {
        asked = outer.current();
      });
      await outer.current();
      expect(await asked).toMatchObject({ token: 'outer' });
    },
  );

  it('in a subscriber of a diagnostics channel', async () => {
    let asked: Promise<unknown> | undefined;
    const inner = managerOf(async () => ({ token: 'inner' }), 'told of');
    const outer: CredentialManager = managerOf(async () => ({
      token: (await inner.current()).token,
    }));
    const tell = (message: unknown): void => {
      if ((message as { source: string }).source === 'told of') asked = outer.current();
    };
    subscribe('keyturn:load', tell);
    onTestFinished(() => void unsubscribe('keyturn:load', tell));
    await outer.current();
    expect(await asked).toMatchObject({ token: 'inner' });
  });

  it.each(['keyturn:exec', 'keyturn:policy'])(
    'in a subscriber of %s, while the plugin’s load runs',
    async (channel) => {
      let asked: Promise<unknown> | undefined;
      const source = execSource(
        {
          command: 'told-of',
          apiVersion: 'client.authentication.k8s.io/v1',
          interactiveMode: 'Never',
        },
        { run: async () => ({ stdout: Buffer.from(execCredential({ token: 'x' })), stderr: '' }) },
      );
      const manager = createCredentialManager({ source });
      onTestFinished(() => manager.close());
      const tell = (message: unknown): void => {
        if ((message as { source: string }).source === source.name) asked = manager.current();
      };
      subscribe(channel, tell);
      onTestFinished(() => void unsubscribe(channel, tell));
      await manager.current();
      expect(await asked).toMatchObject({ token: 'x' });
    },
  );

  it('in a request that is made meanwhile elsewhere', async () => {
    let answer = (_: CredentialMaterial): void => {};
    const manager = managerOf(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const waiting = [manager.current(), manager.refresh(), manager.current()];
    await nextTurn();
    waiting.push(manager.current());
    answer({ token: 'x' });
    expect(new Set(await Promise.all(waiting)).size).toBe(1);
  });
});

// The last one: what is loaded after it is another copy.
it('tells loads apart only while one runs, for that costs every promise of the program', async () => {
  vi.resetModules();
  const { RunningLoad } = await import('./running-load.js');
  const disable = vi.spyOn(AsyncLocalStorage.prototype, 'disable');
  const loads = [new RunningLoad(), new RunningLoad()];
  expect(loads.map((load) => load.run(() => RunningLoad.inside()))).toEqual(loads);
  loads[0]?.end();
  expect(disable).not.toHaveBeenCalled();
  loads[1]?.end();
  expect(disable).toHaveBeenCalledTimes(1);
});
