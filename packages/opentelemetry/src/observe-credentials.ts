import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { PluginCallMessage, PluginPolicyMessage } from '@keyturn/core/exec';
import type { LoadMessage, RotationMessage } from '@keyturn/core/lifecycle';
import type { Attributes, Meter } from '@opentelemetry/api';
import { type ObservedManagers, watchManagers } from './watch-managers.js';

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
 * | `keyturn.exec.plugin.calls` | counter | `keyturn.source.name`, `keyturn.exec.call_status`, `process.exit.code`, `error.type` |
 * | `keyturn.exec.plugin.policy_calls` | counter | `keyturn.source.name`, `keyturn.exec.policy_status` |
 * | `keyturn.load.duration` | histogram, seconds | `keyturn.source.name`, `keyturn.load.reason`, `keyturn.load.outcome`, `error.type` |
 * | `keyturn.certificate.rotation_age` | histogram, seconds | `keyturn.source.name` |
 * | `keyturn.certificate.expiry` | gauge, seconds | none |
 * | `keyturn.credential.expiration_time`, `.last_refresh_time`, `.next_refresh_time`, `.usable`, `keyturn.certificate.expiration_time` | gauge | `keyturn.source.name` |
 * | `keyturn.store.loads` | counter | `keyturn.source.name`, `keyturn.store.name`, `keyturn.store.outcome`, `error.type` |
 * | `keyturn.store.takeovers` | counter | `keyturn.source.name`, `keyturn.store.name` |
 *
 * `error.type` is one of the codes ERR_…, and absent where there was no error. No attribute holds a secret.
 *
 * All but the gauges listen to the diagnostics channels of `@keyturn/core` and so see every manager of the process; the gauges tell of
 * `managers`.
 * @param now Unix milliseconds.
 * @throws {TypeError} when `meter` is none, or `managers` no list.
 * @see https://opentelemetry.io/docs/specs/semconv/
 * @see https://github.com/kubernetes/component-base/blob/master/metrics/prometheus/restclient/metrics.go
 */
export function observeCredentials(
  meter: Meter,
  managers: ObservedManagers = [],
  now: () => number = Date.now,
): () => void {
  checkArguments(meter, managers);
  const stops = [
    ...[countCalls(meter), recordDurations(meter), recordRotations(meter)],
    countShared(meter),
  ];
  stops.push(watchManagers(meter, managers, now));
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}

/** What goes wrong at a collection is heard of by nobody. */
function checkArguments(meter: unknown, managers: unknown): void {
  if (typeof (meter as Meter | undefined)?.createCounter !== 'function') {
    throw new TypeError(
      'observeCredentials takes a meter first, such as "metrics.getMeter()" of @opentelemetry/api returns.',
    );
  }
  if (typeof Object(managers)[Symbol.iterator] !== 'function') {
    throw new TypeError('observeCredentials takes a list of managers: "[credentials]" for one.');
  }
}

const sourceName = 'keyturn.source.name';

function errorType(code: string | undefined): Attributes {
  return code === undefined ? {} : { 'error.type': code };
}

function countCalls(meter: Meter): () => void {
  const calls = meter.createCounter('keyturn.exec.plugin.calls', {
    description: 'Runs of exec credential plugins and other commands by exit code and outcome.',
    unit: '{call}',
  });
  const policyCalls = meter.createCounter('keyturn.exec.plugin.policy_calls', {
    description: 'Runs of exec credential plugins that their policy allowed or denied.',
    unit: '{call}',
  });
  const stopCalls = listen('keyturn:exec', (message: PluginCallMessage) => {
    calls.add(1, {
      [sourceName]: message.source,
      'keyturn.exec.call_status': message.callStatus,
      'process.exit.code': message.exitCode,
      ...errorType(message.errorCode),
    });
  });
  const stopPolicy = listen('keyturn:policy', ({ source, status }: PluginPolicyMessage) => {
    policyCalls.add(1, { [sourceName]: source, 'keyturn.exec.policy_status': status });
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
  return listen('keyturn:load', (message: LoadMessage) => {
    duration.record(message.durationMs / 1_000, {
      [sourceName]: message.source,
      'keyturn.load.reason': message.reason,
      'keyturn.load.outcome': message.outcomeClass,
      ...errorType(message.code),
    });
  });
}

function recordRotations(meter: Meter): () => void {
  const age = meter.createHistogram('keyturn.certificate.rotation_age', {
    description: 'How old a client certificate was when another one replaced it.',
    unit: 's',
    advice: { explicitBucketBoundaries: rotationAgeBuckets },
  });
  return listen('keyturn:rotated', ({ certificateAgeMs, source }: RotationMessage) => {
    if (certificateAgeMs !== undefined)
      age.record(certificateAgeMs / 1_000, { [sourceName]: source });
  });
}

/** What `@keyturn/store` tells of a load on its channel, as far as it is counted. */
interface SharedLoadMessage {
  readonly source: string;
  readonly store: string;
  readonly outcome: string;
  readonly isTakeover: boolean;
  readonly code?: string;
}

function countShared(meter: Meter): () => void {
  const loads = meter.createCounter('keyturn.store.loads', {
    description: 'Loads of sources that processes share, by what came of them.',
    unit: '{load}',
  });
  const takeovers = meter.createCounter('keyturn.store.takeovers', {
    description: 'Leases that were taken from a process which had not given them back.',
    unit: '{lease}',
  });
  return listen('keyturn:store', (message: SharedLoadMessage) => {
    const names = { [sourceName]: message.source, 'keyturn.store.name': message.store };
    const outcome = { 'keyturn.store.outcome': message.outcome, ...errorType(message.code) };
    loads.add(1, { ...names, ...outcome });
    if (message.isTakeover) takeovers.add(1, names);
  });
}

function listen<Message>(name: string, record: (message: Message) => void): () => void {
  // The channels are ours, and so is what travels on them.
  const listener = (message: unknown): void => record(message as Message);
  subscribe(name, listener);
  return () => {
    unsubscribe(name, listener);
  };
}
