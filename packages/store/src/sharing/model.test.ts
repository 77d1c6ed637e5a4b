/** The protocol, on schedules that chance makes: `npm run test:model` plays a hundred times as many. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Schedule, type SchedulePlan } from '../../test/schedule.js';

const schedules = Number(process.env['KEYTURN_MODEL'] ?? 10_000);
const seed = Number(process.env['KEYTURN_MODEL_SEED'] ?? 2_026);

const plans: fc.Arbitrary<SchedulePlan> = fc.record({
  onStoreFailure: fc.constantFrom('fail', 'fail', 'load'),
  clockOffsetsMs: fc.array(fc.integer({ min: -300_000, max: 300_000 }), {
    minLength: 2,
    maxLength: 4,
  }),
  requests: fc.integer({ min: 1, max: 3 }),
  canCrash: fc.boolean(),
  canPause: fc.boolean(),
  canFail: fc.boolean(),
  choices: fc.array(fc.nat(65_535), { minLength: 5, maxLength: 60 }),
});

describe('the protocol', () => {
  it('loads once for each lease, uses no refresh token twice and loses no record', {
    timeout: 3_600_000,
  }, async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const totals = { loads: 0, takeovers: 0, reuses: 0, crashes: 0, storeFailures: 0 };
    const property = fc.asyncProperty(plans, async (plan) => {
      const { faults, ...counts } = await new Schedule(plan).play();
      for (const name of Object.keys(totals) as (keyof typeof totals)[])
        totals[name] += counts[name];
      expect(faults).toEqual([]);
    });
    await fc.assert(property, { numRuns: schedules, seed });
    if (schedules > 10_000)
      process.stdout.write(`${schedules} schedules: ${JSON.stringify(totals)}\n`);
    // What never happens proves nothing.
    expect(Math.min(totals.takeovers, totals.crashes, totals.storeFailures)).toBeGreaterThan(
      schedules / 100,
    );
  });
});
