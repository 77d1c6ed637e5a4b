import { expect, it } from 'vitest';
import { judge, verdictOf } from './judge.js';
import { type Entrant, roster } from './roster.js';
import type { Figures, Work } from './work.js';
import { cold } from './works/cold.js';
import { due } from './works/due.js';
import { expiry } from './works/expiry.js';
import { failing } from './works/failing.js';

const keyturn = new Set(['keyturn', 'keyturn-https']);

/** What the table says of Azure beside ours. */
function verdict(work: Work, theirs: Figures, ours: Figures, primed?: Figures): string {
  const azure = roster.find(({ id }) => id === 'azure') as Entrant;
  const results = new Map([...keyturn].map((id): [string, Figures] => [id, ours]));
  results.set('azure', theirs);
  if (primed !== undefined) results.set('keyturn-primed', primed);
  return verdictOf(judge(work, azure, results), work.columns);
}

const crowd = (ms: number, manyMs: number): Figures => ({
  ms: [ms, ms, ms],
  manyMs: [manyMs, manyMs, manyMs],
});
const loadsExeca = ['time', 'time for 10,000']
  .map((what) => `ahead in ${what}: Keyturn's first run starts its guard`)
  .join('; ');

it('excuses a quicker cold start that a later run of Keyturn keeps up with', () => {
  expect(verdict(cold, crowd(110, 150), crowd(170, 200), crowd(111, 140))).toBe(loadsExeca);
});

it('excuses a crowd that gets its run a little sooner than a later run of Keyturn', () => {
  expect(verdict(cold, crowd(110, 110), crowd(170, 200), crowd(111, 123))).toBe(
    [
      "ahead in time: Keyturn's first run starts its guard",
      'ahead in time for 10,000: Keyturn starts its plugin after the turn in which all ask, the peer within it',
    ].join('; '),
  );
});

it('does not excuse a cold start that is quicker than a later run of Keyturn, too', () => {
  expect(verdict(cold, crowd(110, 250), crowd(170, 200), crowd(140, 190))).toBe(
    'ahead in time: no reason known',
  );
  expect(verdict(cold, crowd(180, 150), crowd(170, 200), crowd(110, 190))).toBe(
    'ahead in time for 10,000: no reason known',
  );
});

it('excuses a quicker cold start in a quick run, which has no later run beside it', () => {
  expect(verdict(cold, crowd(110, 150), crowd(170, 200))).toBe(loadsExeca);
});

const lifetimes = (runsEach: number, longestMs: number): Figures => ({
  runsEach: [runsEach],
  longestMs: [longestMs],
});

it('excuses a shorter longest wait that more runs of the plugin are the price of', () => {
  expect(verdict(expiry, lifetimes(36, 10), lifetimes(1, 120))).toBe(
    'ahead in longest wait: Azure refreshes all the time',
  );
});

it('does not excuse a shorter longest wait that costs no more runs', () => {
  expect(verdict(expiry, lifetimes(1, 10), lifetimes(1, 120))).toBe(
    'ahead in longest wait: no reason known',
  );
});

const waits = (ms: number): Figures => ({ waitMs: [ms, ms, ms] });

it('excuses a shorter wait while due by what the start of a process differs by', () => {
  expect(verdict(due, waits(1.5), waits(4))).toBe(
    'ahead in wait: execFile waits for no guard to be told',
  );
});

it('does not excuse a wait while due that is shorter by more than the start of a process', () => {
  expect(verdict(due, waits(1.5), waits(7))).toBe('ahead in wait: no reason known');
});

const recovery = (runs: number, recoveryMs: number): Figures => ({
  runs: [runs],
  recoveryMs: [recoveryMs],
});

it('excuses a sooner recovery of who ran the plugin more often, within a pause of ours', () => {
  expect(verdict(failing, recovery(200, 110), recovery(3, 850))).toBe(
    'ahead in recovery: the peer asks on at once, Keyturn pauses',
  );
});

it('does not excuse a sooner recovery of who ran the plugin no more often', () => {
  expect(verdict(failing, recovery(3, 110), recovery(3, 850))).toBe(
    'ahead in recovery: no reason known',
  );
});

it('does not excuse a recovery of ours that takes longer than our pause', () => {
  expect(verdict(failing, recovery(200, 110), recovery(3, 1_200))).toBe(
    'ahead in recovery: no reason known',
  );
});
