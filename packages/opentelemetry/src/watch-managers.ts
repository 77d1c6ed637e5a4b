import type { CredentialHealth, CredentialManager, CredentialStats } from '@keyturn/core';
import type { BatchObservableResult, Meter, ObservableGauge } from '@opentelemetry/api';

/** Managers that are watched. Read anew at each collection: a set that your program keeps will do. */
export type ObservedManagers = Iterable<Pick<CredentialManager, 'stats' | 'health'>>;

interface WatchedGauge {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** Undefined where there is nothing to tell. */
  read(stats: CredentialStats, health: CredentialHealth): number | undefined;
}

/** Unix seconds: a query takes them from the time of its own, and what has not been collected for a while is still true. */
const gauges: readonly WatchedGauge[] = [
  {
    name: 'keyturn.credential.expiration_time',
    description: 'When the held credential expires, in Unix time.',
    unit: 's',
    read: ({ expiresAt }) => seconds(expiresAt),
  },
  {
    name: 'keyturn.credential.last_refresh_time',
    description: 'When a credential source last gave something, in Unix time.',
    unit: 's',
    read: ({ lastSuccessAt }) => seconds(lastSuccessAt),
  },
  {
    name: 'keyturn.credential.next_refresh_time',
    description: 'From when on a request starts a load, in Unix time.',
    unit: 's',
    read: ({ nextRefreshAt }) => seconds(nextRefreshAt),
  },
  {
    name: 'keyturn.credential.usable',
    description: 'Whether the held credential works: 1 or 0.',
    unit: '{credential}',
    read: (_, { isUsable }) => Number(isUsable),
  },
  {
    name: 'keyturn.certificate.expiration_time',
    description: 'When the held client certificate expires, in Unix time.',
    unit: 's',
    read: ({ certificateExpiresAt }) => seconds(certificateExpiresAt),
  },
];

/**
 * Tells of `managers` at each collection: of each source the earliest time, and 0 where one of its managers holds nothing usable. Beside
 * them `keyturn.certificate.expiry`, the time to the earliest expiry of a certificate among all of them, negative when it has passed, and
 * nothing while none of them holds one (client-go tells infinity).
 */
export function watchManagers(
  meter: Meter,
  managers: ObservedManagers,
  now: () => number,
): () => void {
  const watched = gauges.map((gauge) => ({ ...gauge, instrument: createGauge(meter, gauge) }));
  const expiry = createGauge(meter, {
    name: 'keyturn.certificate.expiry',
    description: 'Time until the earliest client certificate expires.',
    unit: 's',
  });
  const observe = (result: BatchObservableResult): void => {
    const states = [...managers].map((manager) => [manager.stats(), manager.health()] as const);
    for (const { instrument, read } of watched) {
      for (const [name, value] of worstBySource(states, read)) {
        result.observe(instrument, value, { 'keyturn.source.name': name });
      }
    }
    const times = states.flatMap(([{ certificateExpiresAt }]) => certificateExpiresAt ?? []);
    if (times.length > 0) result.observe(expiry, (Math.min(...times) - now()) / 1_000);
  };
  const instruments = [...watched.map(({ instrument }) => instrument), expiry];
  meter.addBatchObservableCallback(observe, instruments);
  return () => meter.removeBatchObservableCallback(observe, instruments);
}

function createGauge(
  meter: Meter,
  { name, description, unit }: Omit<WatchedGauge, 'read'>,
): ObservableGauge {
  return meter.createObservableGauge(name, { description, unit });
}

/** Several managers may have sources of one name: the smallest value is the one to worry about. */
function worstBySource(
  states: readonly (readonly [CredentialStats, CredentialHealth])[],
  read: WatchedGauge['read'],
): ReadonlyMap<string, number> {
  const worst = new Map<string, number>();
  for (const [stats, health] of states) {
    const value = read(stats, health);
    if (value === undefined) continue;
    const { sourceName } = health;
    worst.set(sourceName, Math.min(value, worst.get(sourceName) ?? value));
  }
  return worst;
}

function seconds(unixMs: number | undefined): number | undefined {
  return unixMs === undefined ? undefined : unixMs / 1_000;
}
