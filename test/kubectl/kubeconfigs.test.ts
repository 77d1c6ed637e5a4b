/**
 * Whole kubeconfigs, given to kubectl and to Keyturn: both accept the same and send the same to the same place, or the reason is
 * on record.
 *
 * A few are tried beside the newest kubectl. `KEYTURN_KUBECTL=full` tries these beside every kubectl that is found, all but the
 * broken ones beside the newest, and every eighth beside the oldest and the dispatcher of the Google Cloud SDK, and prints the
 * table; with `KEYTURN_KUBECONFIGS=3` no more than every third. `KEYTURN_KUBECTL=every` tries everything beside every kubectl, which takes a quarter of an hour.
 */
import tty from 'node:tty';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { filesBelow } from '../source-files.js';
import { Comparison, type Outcome, unexplained } from './comparison.js';
import { comparisonTable } from './comparison-table.js';
import { describeDifference } from './difference.js';
import { explainedKubeconfigs } from './explained-kubeconfigs.js';
import { findKubectls, type Kubectl } from './find-kubectls.js';
import { brokenTrials } from './kubeconfigs/broken.js';
import { placeKubeconfigs } from './kubeconfigs/places.js';
import { pluginKubeconfigs } from './kubeconfigs/plugins.js';
import { proxyKubeconfigs } from './kubeconfigs/proxies.js';
import { serverKubeconfigs } from './kubeconfigs/servers.js';
import { spellingKubeconfigs } from './kubeconfigs/spellings.js';
import { userKubeconfigs } from './kubeconfigs/users.js';
import { type Laboratory, openLaboratory } from './laboratory.js';
import { keyturn } from './run-programs.js';
import { programVariable, type Trial } from './trial.js';

const extent = process.env['KEYTURN_KUBECTL'];
const step = Number(process.env['KEYTURN_KUBECONFIGS'] ?? 1);
const isFull = extent === 'full' || extent === 'every';
const timeout = 900_000;

const kubectls = await findKubectls();
const released = kubectls.filter(({ isDispatcher }) => !isDispatcher);
const newest = released.at(-1);

/** Those with a sentence of their own are tried by hand: kubectl refuses most of them, and takes as long to do so. */
const broken = await brokenTrials();
const all = [
  ...serverKubeconfigs,
  ...proxyKubeconfigs,
  ...userKubeconfigs,
  ...pluginKubeconfigs,
  ...placeKubeconfigs,
  ...spellingKubeconfigs,
  ...broken,
];
const core = all.filter((trial) => trial.core === true);

function chooseTrials(kubectl: Kubectl): readonly Trial[] {
  if (extent === 'every') return all;
  if (!isFull) return kubectl === newest ? core : [];
  const common = all.filter((trial) => !broken.includes(trial));
  const isAtAnEnd = kubectl === released[0] || kubectl.isDispatcher;
  const among = kubectl === newest ? step : isAtAnEnd ? 8 * step : Number.POSITIVE_INFINITY;
  return common.filter((trial, index) => trial.core === true || index % among === 1 % among);
}

describe.skipIf(newest === undefined)('a kubeconfig', () => {
  const outcomes = new Map<Kubectl, readonly Outcome[]>();
  let laboratory: Laboratory;
  let comparison: Comparison;

  beforeAll(async () => {
    laboratory = await openLaboratory();
    comparison = new Comparison({
      laboratory,
      explained: explainedKubeconfigs,
      stderr: () => '',
    });
  });
  afterAll(async () => {
    await laboratory[Symbol.asyncDispose]();
    if (isFull) console.log(comparisonTable(outcomes));
  });
  beforeEach(() => {
    for (const [name, value] of Object.entries(laboratory.environment)) vi.stubEnv(name, value);
    vi.stubEnv(programVariable, keyturn);
    vi.spyOn(tty, 'isatty').mockReturnValue(false);
  });

  it('is one of at least 120, each under a name of its own', () => {
    expect(all.length).toBeGreaterThanOrEqual(120);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  for (const kubectl of kubectls) {
    const trials = chooseTrials(kubectl);
    if (trials.length === 0) continue;
    const version = kubectl.version + (kubectl.isDispatcher ? ' (dispatcher)' : '');
    it(`means the same to kubectl ${version}, in ${trials.length} trials`, {
      timeout,
    }, async () => {
      const found = await comparison.outcomes(kubectl, trials);
      outcomes.set(kubectl, found);
      expect(unexplained(found).map(describeDifference).join('\n\n')).toBe('');
    });
  }

  it.runIf(isFull && step === 1)(
    'needs every explanation, and each names a decision record',
    () => {
      const records = filesBelow('docs/decisions');
      for (const { why, decision } of explainedKubeconfigs) {
        expect(records, why).toContain(`docs/decisions/${decision}.md`);
      }
      const idle = explainedKubeconfigs.filter((explanation) => !comparison.used.has(explanation));
      expect(idle.map(({ why }) => why)).toEqual([]);
    },
  );
});
