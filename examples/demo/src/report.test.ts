import { expect, it } from 'vitest';
import {
  complaints,
  type DemoReport,
  leastRotations,
  type NamedReport,
  totalOf,
} from './report.js';

const client: NamedReport = {
  name: 'got',
  requests: 5,
  failures: 0,
  replays: 1,
  opened: 8,
  drained: 2,
  slowestInRotationMs: 30,
  firstFailure: undefined,
};
const report: DemoReport = {
  options: { durationMs: 20_000, lifetimeMs: 4_000, clients: ['got'], bare: true },
  elapsedMs: 20_000,
  interrupted: false,
  clients: [client],
  bare: undefined,
  pluginRuns: 4,
  rotations: 3,
  certificateRotations: 3,
  credential: { generation: 4, certificateGeneration: 4, expiresInMs: 100 },
};

it('adds clients up, and takes the slowest request of all', () => {
  const other = { ...client, requests: 7, failures: 1, slowestInRotationMs: 90 };
  expect(totalOf([client, other, { ...client, slowestInRotationMs: undefined }])).toEqual({
    requests: 17,
    failures: 1,
    replays: 3,
    opened: 24,
    drained: 6,
    slowestInRotationMs: 90,
  });
  expect(totalOf([]).slowestInRotationMs).toBeUndefined();
});

it.each([
  [20, 4, 3],
  [60, 4, 3],
  [4, 2, 1],
  [12, 4, 2],
  [4, 4, 0],
  [1, 60, 0],
])(
  'expects of %d s with credentials of %d s at least %d certificate rotations',
  (s, life, least) => {
    const options = { durationMs: s * 1_000, lifetimeMs: life * 1_000, clients: [], bare: true };
    expect(leastRotations(options)).toBe(least);
  },
);

it('has nothing against a run in which nothing failed and the certificate rotated', () => {
  expect(complaints(report)).toEqual([]);
});

it('names a failed request', () => {
  const failed = { ...client, failures: 1, firstFailure: 'timeout' };
  expect(complaints({ ...report, clients: [failed] })).toEqual([
    'got: 1 failed, the first with "timeout"',
  ]);
});

it('complains about too few rotations and about silence, but not when it was interrupted', () => {
  const idle = { ...report, certificateRotations: 2, clients: [{ ...client, requests: 0 }] };
  expect(complaints(idle)).toEqual([
    'got: no request was answered',
    '2 certificate rotations instead of at least 3',
  ]);
  expect(complaints({ ...idle, interrupted: true })).toEqual([]);
});
