import { describe, expect, it } from 'vitest';
import { type BindOptions, checkBindOptions, type OptionUse } from './binding.js';

const taken: OptionUse = {
  origins: 'taken',
  tls: 'taken',
  replay: 'taken',
  allowInsecure: 'taken',
  drainTimeoutMs: 'taken',
  proxy: 'taken',
  refusedStatuses: 'taken',
};

interface GrownOptions extends BindOptions {
  readonly madeUp?: string | undefined;
}

// @ts-expect-error A member that the binding says nothing about does not compile.
const withoutMember: OptionUse<GrownOptions> = taken;

const refusing: OptionUse<GrownOptions> = {
  ...taken,
  replay: { refusedBecause: 'nothing is sent twice' },
  madeUp: { refusedBecause: 'nobody made it' },
};

describe('what a binding does with its options', () => {
  it.each<[GrownOptions, string]>([
    [{ replay: true }, 'bindTest cannot honour option "replay": nothing is sent twice.'],
    [{ madeUp: 'x' }, 'bindTest cannot honour option "madeUp": nobody made it.'],
  ])('is to refuse %j where it cannot honour it', (options, message) => {
    expect(() => checkBindOptions('bindTest', options, refusing)).toThrow(new TypeError(message));
  });

  it.each<GrownOptions>([{}, { replay: undefined }, { replay: false }, { drainTimeoutMs: 1 }])(
    'is to take %j, which asks for nothing that it refuses',
    (options) => {
      expect(() => checkBindOptions('bindTest', options, refusing)).not.toThrow();
    },
  );

  it('is to refuse an option that is said nothing about', () => {
    const check = () => checkBindOptions<GrownOptions>('bindTest', { madeUp: 'x' }, withoutMember);
    expect(check).toThrow(/no option "madeUp"/);
  });
});
