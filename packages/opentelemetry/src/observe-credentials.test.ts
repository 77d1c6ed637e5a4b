import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type CredentialMaterial, createCredentialManager } from '@keyturn/core';
import { type ExecConfig, execSource } from '@keyturn/core/exec';
import { sharedSource } from '@keyturn/store';
import { createTestAuthority, manualClock, memoryStore } from '@keyturn/testkit';
import type { Attributes } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { describe, expect, it, onTestFinished } from 'vitest';
import { observeCredentials } from './observe-credentials.js';
import type { ObservedManagers } from './watch-managers.js';

const hourMs = 3_600_000;
const clock = manualClock(Math.floor(Date.now() / 1_000) * 1_000);
const authority = await createTestAuthority();

class ReaderOnDemand extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

interface Point {
  readonly attributes: Attributes;
  readonly value: unknown;
}

/** Observes, until the end of the test, and reads what an instrument has measured so far. */
function observe(managers?: ObservedManagers) {
  const reader = new ReaderOnDemand();
  const provider = new MeterProvider({ readers: [reader] });
  const stop = observeCredentials(provider.getMeter('test'), managers, () => clock.now());
  onTestFinished(async () => {
    stop();
    await provider.shutdown();
  });
  const collect = async () => {
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  };
  const read = async (name: string): Promise<readonly Point[]> =>
    (await collect()).find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
  const readAll = async (): Promise<readonly Point[]> =>
    (await collect()).flatMap((metric): readonly Point[] => metric.dataPoints);
  return { read, readAll, stop };
}

function manage(...answers: readonly CredentialMaterial[]) {
  const queue = [...answers];
  const source = {
    name: 'vault',
    load: async () => {
      await clock.advance(1_500);
      return queue.shift() ?? {};
    },
  };
  const manager = createCredentialManager({ source, clock });
  onTestFinished(() => manager.close());
  return manager;
}

async function certificate(notBefore: number, notAfter: number): Promise<CredentialMaterial> {
  return { clientCertificate: await authority.issueClientCertificate({ notBefore, notAfter }) };
}

const run = (script: string, changes: Partial<ExecConfig> = {}): Promise<unknown> =>
  execSource({
    command: '/bin/sh',
    args: ['-c', script],
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    ...changes,
  })
    .load({ reason: 'initial', signal: new AbortController().signal })
    .catch(() => {});

const shell = { 'keyturn.source.name': 'exec "/bin/sh"' };

const ending = (status: string, exitCode: number, error?: string): Attributes => ({
  'keyturn.exec.call_status': status,
  'process.exit.code': exitCode,
  ...(error === undefined ? {} : { 'error.type': error }),
});

it('counts the runs of plugins by exit code and outcome', async () => {
  const { read } = observe();
  for (const script of ['exit 0', 'exit 2', 'exit 2', 'kill -9 $$']) await run(script);
  await run('', { command: '/nonexistent/plugin' });
  const points = await read('keyturn.exec.plugin.calls');
  expect(points.map(({ attributes, value }) => ({ ...attributes, value }))).toEqual([
    { ...shell, ...ending('no_error', 0), value: 1 },
    { ...shell, ...ending('plugin_execution_error', 2, 'ERR_EXEC_EXIT'), value: 2 },
    { ...shell, ...ending('plugin_execution_error', -1, 'ERR_EXEC_SIGNAL'), value: 1 },
    {
      'keyturn.source.name': 'exec "/nonexistent/plugin"',
      ...ending('plugin_not_found_error', 1, 'ERR_EXEC_NOT_FOUND'),
      value: 1,
    },
  ]);
});

it('counts what the policy allowed and denied', async () => {
  const { read } = observe();
  await run('exit 0');
  await run('exit 0', { pluginPolicy: { policyType: 'DenyAll' } });
  const points = await read('keyturn.exec.plugin.policy_calls');
  expect(points.map(({ attributes, value }) => ({ ...attributes, value }))).toEqual([
    { ...shell, 'keyturn.exec.policy_status': 'allowed', value: 1 },
    { ...shell, 'keyturn.exec.policy_status': 'denied', value: 1 },
  ]);
});

it('measures how long loads take, by source, reason and class of outcome', async () => {
  const { read } = observe();
  const manager = manage({ token: 'a-secret-token' });
  await manager.current();
  await manager.refresh().catch(() => {});
  const points = await read('keyturn.load.duration');
  expect(points.map(({ attributes }) => attributes)).toEqual([
    {
      'keyturn.source.name': 'vault',
      'keyturn.load.reason': 'initial',
      'keyturn.load.outcome': 'success',
    },
    {
      'keyturn.source.name': 'vault',
      'keyturn.load.reason': 'requested',
      'keyturn.load.outcome': 'decode_error',
      'error.type': 'ERR_CREDENTIAL_EMPTY',
    },
  ]);
  for (const { value } of points) expect(value).toMatchObject({ count: 1, sum: 1.5 });
  expect(JSON.stringify(points)).not.toContain('a-secret');
});

it('measures the age of replaced certificates, in the buckets of client-go', async () => {
  const { read } = observe();
  const now = clock.now();
  const manager = manage(
    await certificate(now - 2 * hourMs, now + hourMs),
    await certificate(now, now + hourMs),
  );
  await manager.current();
  await manager.refresh();
  const [point] = await read('keyturn.certificate.rotation_age');
  expect(point).toMatchObject({
    attributes: { 'keyturn.source.name': 'vault' },
    value: {
      count: 1,
      sum: 7_203,
      buckets: {
        boundaries: [
          600, 1_800, 3_600, 14_400, 86_400, 604_800, 2_592_000, 7_776_000, 15_552_000, 31_104_000,
          124_416_000,
        ],
      },
    },
  });
});

it('tells the time to the earliest expiry among the managers, and nothing without a certificate', async () => {
  const now = clock.now();
  const late = manage(await certificate(now - hourMs, now + hourMs));
  const early = manage(await certificate(now - hourMs, now + hourMs / 2));
  const managers = new Set([late, manage({ token: 't' })]);
  const { read } = observe(managers);
  const expiry = async (): Promise<unknown> => (await read('keyturn.certificate.expiry'))[0]?.value;
  expect(await expiry()).toBeUndefined();
  await late.current();
  expect(await expiry()).toBe(3_600 - 1.5);
  managers.add(early);
  await early.current();
  expect(await expiry()).toBe(1_800 - 3);
  await clock.advance(hourMs / 2);
  expect(await expiry()).toBe(-3);
  await early.close();
  expect(await expiry()).toBe(1_800 - 3);
});

describe('the managers', () => {
  const values = async (
    read: (name: string) => Promise<readonly Point[]>,
    name: string,
  ): Promise<readonly unknown[]> => (await read(name)).map(({ value }) => value);

  it('tell when their credentials expire, were refreshed and will be, in Unix time', async () => {
    const manager = manage({ token: 't', expiresAt: clock.now() + hourMs });
    const { read } = observe([manager]);
    await manager.current();
    const { expiresAt, lastSuccessAt, nextRefreshAt } = manager.stats();
    for (const [name, at] of [
      ['expiration', expiresAt],
      ['last_refresh', lastSuccessAt],
      ['next_refresh', nextRefreshAt],
    ] as const) {
      expect(await read(`keyturn.credential.${name}_time`)).toMatchObject([
        { attributes: { 'keyturn.source.name': 'vault' }, value: (at as number) / 1_000 },
      ]);
    }
    expect(lastSuccessAt).toBe(clock.now());
  });

  it('tell when their certificate expires, in Unix time', async () => {
    const notAfter = clock.now() + hourMs;
    const manager = manage(await certificate(clock.now() - hourMs, notAfter));
    const { read } = observe([manager]);
    expect(await values(read, 'keyturn.certificate.expiration_time')).toEqual([]);
    await manager.current();
    expect(await values(read, 'keyturn.certificate.expiration_time')).toEqual([
      Math.floor(notAfter / 1_000),
    ]);
  });

  it('tell whether they hold something that works, and start nothing by it', async () => {
    const manager = manage({ token: 't', expiresAt: clock.now() + hourMs });
    const { read } = observe([manager]);
    expect(await values(read, 'keyturn.credential.usable')).toEqual([0]);
    await manager.current();
    expect(await values(read, 'keyturn.credential.usable')).toEqual([1]);
    await clock.advance(hourMs);
    expect(await values(read, 'keyturn.credential.usable')).toEqual([0]);
    expect(manager.stats().runs).toBe(1);
  });

  it('of one source are one point, that of the worst of them', async () => {
    const early = clock.now() + hourMs;
    const managers = [
      manage({ token: 't' }),
      manage({ token: 't', expiresAt: early }),
      manage({ token: 't', expiresAt: early + hourMs }),
    ];
    const { read } = observe(managers);
    for (const manager of managers.slice(1)) await manager.current();
    expect(await values(read, 'keyturn.credential.expiration_time')).toEqual([early / 1_000]);
    expect(await values(read, 'keyturn.credential.usable')).toEqual([0]);
  });

  it('are told apart by the names of their sources', async () => {
    const managers = ['a', 'b'].map((name) =>
      createCredentialManager({ source: { name, load: async () => ({ token: 't' }) }, clock }),
    );
    const { read } = observe(managers);
    await managers[1]?.current();
    expect(await read('keyturn.credential.usable')).toMatchObject([
      { attributes: { 'keyturn.source.name': 'a' }, value: 0 },
      { attributes: { 'keyturn.source.name': 'b' }, value: 1 },
    ]);
  });

  it('are not looked at any more when it is stopped', async () => {
    const { read, stop } = observe([manage({ token: 't' })]);
    stop();
    expect(await values(read, 'keyturn.credential.usable')).toEqual([]);
  });
});

it('names every attribute as the conventions want it, with a namespace', async () => {
  const now = clock.now();
  const manager = manage(
    await certificate(now - hourMs, now + hourMs),
    await certificate(now, now + hourMs),
    {},
  );
  const { readAll } = observe([manager]);
  await manager.current();
  await manager.refresh();
  await manager.refresh().catch(() => {});
  await run('exit 2');
  const points = await readAll();
  const names = new Set(points.flatMap(({ attributes }) => Object.keys(attributes)));
  expect([...names].sort()).toEqual([
    'error.type',
    'keyturn.exec.call_status',
    'keyturn.exec.policy_status',
    'keyturn.load.outcome',
    'keyturn.load.reason',
    'keyturn.source.name',
    'process.exit.code',
  ]);
});

it('measures nothing any more when it is stopped', async () => {
  const { read, stop } = observe();
  await run('exit 0');
  stop();
  stop();
  await run('exit 0');
  expect(await read('keyturn.exec.plugin.calls')).toMatchObject([{ value: 1 }]);
});

it("leaves the channels to others: another listener's messages go on", async () => {
  const { stop } = observe();
  let heard = 0;
  const listener = (): void => {
    heard += 1;
  };
  subscribe('keyturn:exec', listener);
  onTestFinished(() => void unsubscribe('keyturn:exec', listener));
  stop();
  await run('exit 0');
  expect(heard).toBe(1);
});

describe('of loads that processes share', () => {
  it('counts what came of each, and leases that were taken over', async () => {
    const { read } = observe();
    const store = memoryStore({ clock });
    await store.lease('login', 0);
    const load = async () => ({ token: 't' });
    const process = () => sharedSource({ name: 'vault', load }, { store, key: 'login' });
    for (const each of [process(), process()]) {
      const manager = createCredentialManager({ source: each, clock });
      await manager.current();
      await manager.close();
    }
    const names = { 'keyturn.source.name': 'vault', 'keyturn.store.name': 'memory' };
    expect(await read('keyturn.store.loads')).toMatchObject([
      { attributes: { ...names, 'keyturn.store.outcome': 'loaded' }, value: 1 },
      { attributes: { ...names, 'keyturn.store.outcome': 'hit' }, value: 1 },
    ]);
    expect(await read('keyturn.store.takeovers')).toMatchObject([{ attributes: names, value: 1 }]);
  });
});

it('refuses what is no meter, and a manager that stands alone', () => {
  const manager = createCredentialManager({ source: async () => ({ token: 't' }) });
  const meter = new MeterProvider().getMeter('test');
  expect(() => observeCredentials([manager] as never)).toThrow('takes a meter first');
  expect(() => observeCredentials(meter, manager as never)).toThrow('"[credentials]" for one');
});
