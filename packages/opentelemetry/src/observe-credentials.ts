import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { CredentialManager } from '@keyturn/core';
import type { PluginCallMessage, PluginPolicyMessage } from '@keyturn/core/exec';
import type { LoadMessage, RotationMessage } from '@keyturn/core/lifecycle';
import type { Meter } from '@opentelemetry/api';

/** Managers whose certificates are watched. Read anew at each collection: a set that your program keeps will do. */
export type ObservedManagers = Iterable<Pick<CredentialManager, 'stats'>>;

// client-go's buckets: ten minutes to four years, in seconds.
const rotationAgeBuckets = [
  600, 1_800, 3_600, 14_400, 86_400, 604_800, 2_592_000, 7_776_000, 15_552_000, 31_104_000,
  124_416_000,
];
// A cached answer takes milliseconds, a plugin a second, a login a minute.
const loadDurationBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * Records what credentials do in this process with instruments of `meter`, until the returned function is called.
 *
 * | instrument | kind | attributes |
 * |---|---|---|
 * | `keyturn.exec.plugin.calls` | counter | `code`, `call_status` |
 * | `keyturn.exec.plugin.policy_calls` | counter | `status` |
 * | `keyturn.load.duration` | histogram, seconds | `source`, `reason`, `outcome` |
 * | `keyturn.certificate.rotation_age` | histogram, seconds | `source` |
 * | `keyturn.certificate.expiry` | gauge, seconds | none |
 *
 * All but the last listen to the diagnostics channels of `@keyturn/core` and so see every manager of the process. The
 * last tells the time to the earliest expiry among `managers`, negative when it has passed, and nothing while none of
 * them holds a certificate (client-go tells infinity). No attribute holds a secret.
 * @param now Unix milliseconds.
 * @see https://github.com/kubernetes/component-base/blob/master/metrics/prometheus/restclient/metrics.go
 */
export function observeCredentials(
  meter: Meter,
  managers: ObservedManagers = [],
  now: () => number = Date.now,
): () => void {
  const stops = [countCalls(meter), recordDurations(meter), recordRotations(meter)];
  stops.push(watchExpiry(meter, managers, now));
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}

function countCalls(meter: Meter): () => void {
  const calls = meter.createCounter('keyturn.exec.plugin.calls', {
    description: 'Runs of exec credential plugins by exit code and outcome.',
    unit: '{call}',
  });
  const policyCalls = meter.createCounter('keyturn.exec.plugin.policy_calls', {
    description: 'Runs of exec credential plugins that their policy allowed or denied.',
    unit: '{call}',
  });
  const stopCalls = listen('keyturn:exec', ({ exitCode, callStatus }: PluginCallMessage) => {
    calls.add(1, { code: exitCode, call_status: callStatus });
  });
  const stopPolicy = listen('keyturn:policy', ({ status }: PluginPolicyMessage) => {
    policyCalls.add(1, { status });
  });
  return () => {
    stopCalls();
    stopPolicy();
  };
}

function recordDurations(meter: Meter): () => void {
  const duration = meter.createHistogram('keyturn.load.duration', {
    description: 'How long a credential source took.',
    unit: 's',
    advice: { explicitBucketBoundaries: loadDurationBuckets },
  });
  return listen('keyturn:load', ({ durationMs, source, reason, outcomeClass }: LoadMessage) => {
    duration.record(durationMs / 1_000, { source, reason, outcome: outcomeClass });
  });
}

function recordRotations(meter: Meter): () => void {
  const age = meter.createHistogram('keyturn.certificate.rotation_age', {
    description: 'How old a client certificate was when another one replaced it.',
    unit: 's',
    advice: { explicitBucketBoundaries: rotationAgeBuckets },
  });
  return listen('keyturn:rotated', ({ certificateAgeMs, source }: RotationMessage) => {
    if (certificateAgeMs !== undefined) age.record(certificateAgeMs / 1_000, { source });
  });
}

function watchExpiry(meter: Meter, managers: ObservedManagers, now: () => number): () => void {
  const expiry = meter.createObservableGauge('keyturn.certificate.expiry', {
    description: 'Time until the earliest client certificate expires.',
    unit: 's',
  });
  const observe: Parameters<typeof expiry.addCallback>[0] = (result) => {
    const times = [...managers].flatMap((manager) => manager.stats().certificateExpiresAt ?? []);
    if (times.length > 0) result.observe((Math.min(...times) - now()) / 1_000);
  };
  expiry.addCallback(observe);
  return () => expiry.removeCallback(observe);
}

function listen<Message>(name: string, record: (message: Message) => void): () => void {
  // The channels are ours, and so is what travels on them.
  const listener = (message: unknown): void => record(message as Message);
  subscribe(name, listener);
  return () => {
    unsubscribe(name, listener);
  };
}
