/**
 * The same kubeconfig, plugin and server for kubectl and for Keyturn: both do the same, or the reason is on record.
 *
 * The core is tried beside the newest and the oldest kubectl. `KEYTURN_KUBECTL=full` tries everything beside these two and
 * the core beside every other one, as CI does. `KEYTURN_KUBECTL_SEED` and `KEYTURN_KUBECTL_OUTPUTS` look further than the
 * outputs that are generated every time.
 */
import tty from 'node:tty';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { filesBelow } from '../source-files.js';
import { makePair } from './certificates.js';
import { surroundingTrials } from './clusters.js';
import { Comparison, unexplained } from './comparison.js';
import { describeDifference } from './difference.js';
import { explained } from './explained.js';
import { findKubectls, type Kubectl } from './find-kubectls.js';
import { type Laboratory, openLaboratory } from './laboratory.js';
import { nearlyValidOutputs } from './nearly-valid.js';
import { expiryOutputs, tokenOutputs } from './outputs-fields.js';
import { jsonOutputs } from './outputs-json.js';
import { pairOutputs } from './outputs-pairs.js';
import { yamlOutputs } from './outputs-yaml.js';
import { catchStderr } from './own-stderr.js';
import { keyturn } from './run-programs.js';
import { stanzaTrials } from './stanzas.js';
import { programVariable, type Trial } from './trial.js';

const isFull = ['full', 'every'].includes(process.env['KEYTURN_KUBECTL'] ?? '');
// The pipeline tries some of the kubeconfigs, and everything here beside the newest alone.
const isWhole = process.env['KEYTURN_KUBECONFIGS'] === undefined;
const seed = Number(process.env['KEYTURN_KUBECTL_SEED'] ?? 20_260_101);
const generatedCount = Number(process.env['KEYTURN_KUBECTL_OUTPUTS'] ?? (isFull ? 60 : 9));
const timeout = 900_000;

const kubectls = await findKubectls();
const [oldest, ...later] = kubectls.filter(({ isDispatcher }) => !isDispatcher);
const newest = later.at(-1) ?? oldest;

const whyNone =
  process.platform === 'win32'
    ? 'compares nothing: its plugins are shell scripts, which Windows does not run'
    : 'compares nothing: no kubectl of version 1.24 or later is on PATH or beside gcloud';
const isAlone = kubectls.length === 0;

const isAtAnEnd = (kubectl: Kubectl): boolean => kubectl === newest || kubectl === oldest;

describe.skipIf(isAlone)(isAlone ? `beside kubectl: ${whyNone}` : 'beside kubectl', async () => {
  const pair = await makePair('P-256');
  const outputs = [
    ...jsonOutputs,
    ...yamlOutputs,
    ...tokenOutputs,
    ...expiryOutputs,
    ...(await pairOutputs()),
  ];
  const trials = [...outputs, ...stanzaTrials, ...surroundingTrials(pair)];
  const core = trials.filter((trial) => trial.core === true);
  let laboratory: Laboratory;
  let comparison: Comparison;
  let stderr = '';

  beforeAll(async () => {
    laboratory = await openLaboratory();
    comparison = new Comparison({ laboratory, explained, stderr: () => stderr });
  });
  afterAll(() => laboratory[Symbol.asyncDispose]());
  beforeEach(() => {
    for (const [name, value] of Object.entries(laboratory.environment)) vi.stubEnv(name, value);
    vi.stubEnv(programVariable, keyturn);
    // kubectl gets no terminal here, so neither do we.
    vi.spyOn(tty, 'isatty').mockReturnValue(false);
    catchStderr((text) => {
      stderr += text;
    });
  });

  function chooseTrials(kubectl: Kubectl): readonly Trial[] {
    return isFull && (isWhole ? isAtAnEnd(kubectl) : kubectl === newest) ? trials : core;
  }

  async function expectNothingUnexplained(
    kubectl: Kubectl,
    chosen: readonly Trial[],
  ): Promise<void> {
    const found = await comparison.outcomes(kubectl, chosen);
    expect(unexplained(found).map(describeDifference).join('\n\n')).toBe('');
  }

  it('tries at least 80 outputs, and everything under a name of its own', () => {
    expect(outputs.length).toBeGreaterThanOrEqual(80);
    expect(new Set(trials.map(({ name }) => name)).size).toBe(trials.length);
  });

  for (const kubectl of kubectls.filter((found) => isFull || isAtAnEnd(found))) {
    const chosen = chooseTrials(kubectl);
    const version = kubectl.version + (kubectl.isDispatcher ? ' (dispatcher)' : '');
    it(`does as kubectl ${version} does, in ${chosen.length} trials`, { timeout }, () =>
      expectNothingUnexplained(kubectl, chosen),
    );
  }

  describe.runIf(newest !== undefined)('as a whole', () => {
    it(`does as kubectl ${newest?.version ?? ''} does, with ${generatedCount} generated outputs`, {
      timeout,
    }, () => {
      const output = nearlyValidOutputs(pair);
      const three = fc.asyncProperty(fc.tuple(output, output, output), (generated) =>
        expectNothingUnexplained(
          newest as Kubectl,
          generated.map((bytes) => ({ name: 'generated', output: bytes })),
        ),
      );
      return fc.assert(three, { seed, numRuns: Math.ceil(generatedCount / 3) });
    });

    it('has seen kubectl send and refuse, both many times', () => {
      const many = isFull ? 100 : 15;
      expect(comparison.counts.sent).toBeGreaterThan(many);
      expect(comparison.counts.refused).toBeGreaterThan(many);
    });

    it.runIf(isFull)('needs every explanation, and each names a decision record', () => {
      const records = filesBelow('docs/decisions');
      for (const { why, decision } of explained) {
        expect(records, why).toContain(`docs/decisions/${decision}.md`);
      }
      const idle = explained.filter(
        (explanation) =>
          explanation.isForSomeVersions !== true && !comparison.used.has(explanation),
      );
      expect(idle.map(({ why }) => why)).toEqual([]);
    });
  });
});
