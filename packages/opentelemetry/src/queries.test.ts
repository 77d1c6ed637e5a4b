/** Every query of the documentation asks for a metric and labels that there are. */
import { readFileSync } from 'node:fs';
import { createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { sharedSource } from '@keyturn/store';
import { createTestAuthority, memoryStore } from '@keyturn/testkit';
import {
  DataPointType,
  MeterProvider,
  type MetricData,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import { beforeAll, describe, expect, it } from 'vitest';
import { observeCredentials } from './observe-credentials.js';

const page = readFileSync(
  new URL('../../../docs/how-to/watch-credentials.md', import.meta.url),
  'utf8',
);
const queries = [...page.matchAll(/^\| (.+) \| `(.+)` \|$/gm)].map(
  ([, panel = '', query = '']) => ({
    panel,
    query,
  }),
);

class ReaderOnDemand extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

const underscored = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, '_');

/** As the exporters for Prometheus make names: the unit at the end, `_total` behind counters, three series of a histogram. */
function seriesOf({ descriptor, dataPoints, dataPointType }: MetricData): readonly string[] {
  const { name, unit } = descriptor;
  const base = underscored(name) + (unit === 's' ? '_seconds' : '');
  if (dataPointType === DataPointType.HISTOGRAM)
    return ['_bucket', '_count', '_sum'].map((ending) => base + ending);
  expect(dataPoints).not.toEqual([]);
  return [dataPointType === DataPointType.SUM ? `${base}_total` : base];
}

const labels = new Map<string, ReadonlySet<string>>();

beforeAll(async () => {
  const reader = new ReaderOnDemand();
  const provider = new MeterProvider({ readers: [reader] });
  const authority = await createTestAuthority();
  const material = async () => ({
    token: 't',
    expiresAt: Date.now() + 3_600_000,
    clientCertificate: await authority.issueClientCertificate(),
  });
  await using manager = createCredentialManager({ source: material });
  const stop = observeCredentials(provider.getMeter('test'), [manager]);
  await manager.current();
  await manager.refresh();
  const store = memoryStore();
  await store.lease('k', 0);
  const shared = sharedSource(material, { store, key: 'k' });
  await shared.load({ reason: 'initial', signal: new AbortController().signal });
  const source = execSource({
    command: '/bin/sh',
    args: ['-c', 'exit 1'],
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
  });
  await using failing = createCredentialManager({ source });
  await failing.current().catch(() => {});
  const { resourceMetrics } = await reader.collect();
  for (const metric of resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)) {
    const attributes = metric.dataPoints.flatMap((point) => Object.keys(point.attributes));
    const known = new Set([...attributes.map(underscored), 'le']);
    for (const name of seriesOf(metric)) labels.set(name, known);
  }
  stop();
  await provider.shutdown();
});

describe('the queries of the documentation', () => {
  it('are there', () => {
    expect(queries.length).toBeGreaterThan(10);
  });

  it.each(queries)('$panel: asks for what there is', ({ query }) => {
    const [series = ''] =
      /keyturn_\w+_(?:seconds(?:_\w+)?|total)|keyturn_credential_usable/.exec(query) ?? [];
    expect([...labels.keys()]).toContain(series);
    const asked = [
      ...[...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(/,\s*/)),
      ...[...query.matchAll(/[{,](\w+)[!=]/g)].map(([, name = '']) => name),
    ];
    for (const name of asked) expect([...(labels.get(series) ?? [])]).toContain(name);
  });

  it('leave out no metric', () => {
    const all = queries.map(({ query }) => query).join('\n');
    const bases = [...labels.keys()].map((name) => name.replace(/_(?:bucket|count|sum)$/, ''));
    // The one that client-go has, too, is told as a time as well.
    const missing = new Set(bases.filter((name) => !all.includes(name)));
    expect([...missing]).toEqual(['keyturn_certificate_expiry_seconds']);
  });
});
