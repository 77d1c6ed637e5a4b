import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { makePaint } from './paint.js';
import type { DemoReport, NamedReport } from './report.js';
import { renderSummary } from './summary.js';

const axios: NamedReport = {
  name: 'axios',
  requests: 123_456,
  failures: 0,
  replays: 20,
  opened: 48,
  drained: 40,
  slowestInRotationMs: 1234.4,
  firstFailure: undefined,
};
const report: DemoReport = {
  options: { durationMs: 20_000, lifetimeMs: 4_000, clients: ['axios', 'got'], bare: true },
  elapsedMs: 20_060,
  interrupted: false,
  clients: [
    axios,
    { ...axios, name: 'got', requests: 4, replays: 1, slowestInRotationMs: undefined },
  ],
  bare: undefined,
  pluginRuns: 10,
  rotations: 9,
  certificateRotations: 6,
  credential: { generation: 10, certificateGeneration: 7, expiresInMs: 1_000 },
};
const plain = makePaint(false);

function cellsOf(text: string, client: string): string[] {
  const line = text.split('\n').find((candidate) => candidate.trim().startsWith(`${client} `));
  return line?.trim().split(/\s{2,}/) ?? [];
}

it('has a row for each client and one for all of them', () => {
  const text = renderSummary(report, plain);
  expect(cellsOf(text, 'axios')).toEqual(['axios', '123,456', '0', '20', '48', '40', '1,234 ms']);
  expect(cellsOf(text, 'got')).toEqual(['got', '4', '0', '1', '48', '40', '-']);
  expect(cellsOf(text, 'total')).toEqual([
    'total',
    '123,460',
    '0',
    '10',
    '9 (6)',
    '21',
    '96',
    '80',
    '1,234 ms',
  ]);
});

it('fits into 80 columns', () => {
  const lines = renderSummary(report, plain).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

it('says that nothing failed, and how long it took', () => {
  expect(renderSummary(report, plain)).toContain('✓ no request failed in 20.1 s');
  expect(renderSummary({ ...report, interrupted: true }, plain)).toContain('20.1 s, ended early');
});

it('says what went wrong instead', () => {
  const failed = { ...axios, failures: 3, firstFailure: 'socket hang up' };
  const text = renderSummary({ ...report, clients: [failed] }, plain);
  expect(text).toContain('✗ axios: 3 failed, the first with "socket hang up"');
  expect(text).not.toContain('✓');
});

it('colours nothing unless asked to, and nothing but colours it adds', () => {
  const bare = renderSummary(report, plain);
  const coloured = renderSummary(report, makePaint(true));
  expect(stripVTControlCharacters(bare)).toBe(bare);
  expect(coloured).not.toBe(bare);
  expect(stripVTControlCharacters(coloured)).toBe(bare);
});

it('shows the client without Keyturn below the total, and counts it for nothing', () => {
  const bare: NamedReport = { ...axios, name: 'bare', requests: 2_000, failures: 1_900 };
  const text = renderSummary({ ...report, bare }, plain);
  expect(cellsOf(text, 'total')[1]).toBe('123,460');
  expect(text.indexOf(' bare ')).toBeGreaterThan(text.indexOf(' total '));
  expect(text).toContain('✓ no request failed in 20.1 s; of bare axios, 1,900 of 2,000');
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
