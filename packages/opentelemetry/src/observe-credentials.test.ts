import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type CredentialMaterial, createCredentialManager } from '@keyturn/core';
import { type ExecConfig, execSource } from '@keyturn/core/exec';
import { createTestAuthority, manualClock } from '@keyturn/testkit';
import type { Attributes } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { expect, it, onTestFinished } from 'vitest';
import { type ObservedManagers, observeCredentials } from './observe-credentials.js';

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
  const read = async (name: string): Promise<readonly Point[]> => {
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    const metrics = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    return metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
  };
  return { read, stop };
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

it('counts the runs of plugins by exit code and outcome', async () => {
  const { read } = observe();
  for (const script of ['exit 0', 'exit 2', 'exit 2', 'kill -9 $$']) await run(script);
  await run('', { command: '/nonexistent/plugin' });
  const points = await read('keyturn.exec.plugin.calls');
  expect(points.map(({ attributes, value }) => ({ ...attributes, value }))).toEqual([
    { code: 0, call_status: 'no_error', value: 1 },
    { code: 2, call_status: 'plugin_execution_error', value: 2 },
    { code: -1, call_status: 'plugin_execution_error', value: 1 },
    { code: 1, call_status: 'plugin_not_found_error', value: 1 },
  ]);
});

it('counts what the policy allowed and denied', async () => {
  const { read } = observe();
  await run('exit 0');
  await run('exit 0', { pluginPolicy: { policyType: 'DenyAll' } });
  const points = await read('keyturn.exec.plugin.policy_calls');
  expect(points.map(({ attributes, value }) => ({ ...attributes, value }))).toEqual([
    { status: 'allowed', value: 1 },
    { status: 'denied', value: 1 },
  ]);
});

it('measures how long loads take, by source, reason and class of outcome', async () => {
  const { read } = observe();
  const manager = manage({ token: 'a-secret-token' });
  await manager.current();
  await manager.refresh().catch(() => {});
  const points = await read('keyturn.load.duration');
  expect(points).toMatchObject([
    {
      attributes: { source: 'vault', reason: 'initial', outcome: 'success' },
      value: { count: 1, sum: 1.5 },
    },
    {
      attributes: { source: 'vault', reason: 'requested', outcome: 'decode_error' },
      value: { count: 1, sum: 1.5 },
    },
  ]);
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
    attributes: { source: 'vault' },
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
