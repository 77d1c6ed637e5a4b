/** The protocol, on schedules that chance makes: `npm run test:model` plays a hundred times as many. */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Schedule, type SchedulePlan } from '../../test/schedule.js';

const schedules = Number(process.env['KEYTURN_MODEL'] ?? 10_000);
// Those of the suite are smaller: it has three minutes.
const isLong = process.env['KEYTURN_MODEL'] !== undefined;
const seed = Number(process.env['KEYTURN_MODEL_SEED'] ?? 2_026);

const plans: fc.Arbitrary<SchedulePlan> = fc.record({
  onStoreFailure: fc.constantFrom('fail', 'fail', 'load'),
  clockOffsetsMs: fc.array(fc.integer({ min: -300_000, max: 300_000 }), {
    minLength: 2,
    maxLength: isLong ? 4 : 3,
  }),
  requests: fc.integer({ min: 1, max: isLong ? 3 : 2 }),
  canCrash: fc.boolean(),
  canPause: fc.boolean(),
  canFail: fc.boolean(),
  choices: fc.array(fc.nat(65_535), { minLength: 5, maxLength: isLong ? 60 : 40 }),
});

describe('the protocol', () => {
  it('loads once for each lease, uses no refresh token twice and loses no record', {
    timeout: 3_600_000,
  }, async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    // What is thrown here is played, and nobody reads where it was made.
    const { stackTraceLimit } = Error;
    onTestFinished(() => {
      Error.stackTraceLimit = stackTraceLimit;
    });
    Error.stackTraceLimit = 0;
    const totals = { loads: 0, takeovers: 0, reuses: 0, crashes: 0, storeFailures: 0 };
    const property = fc.asyncProperty(plans, async (plan) => {
      const { faults, ...counts } = await new Schedule(plan).play();
      for (const name of Object.keys(totals) as (keyof typeof totals)[])
        totals[name] += counts[name];
      expect(faults).toEqual([]);
    });
    await fc.assert(property, { numRuns: schedules, seed });
    if (isLong) process.stdout.write(`${schedules} schedules: ${JSON.stringify(totals)}\n`);
    // What never happens proves nothing.
    expect(Math.min(totals.takeovers, totals.crashes, totals.storeFailures)).toBeGreaterThan(
      schedules / 100,
    );
  });
});
