import { manualClock } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import { InstallHint, replaceControlCharacters } from './install-hint.js';

describe('an install hint', () => {
  it('is shown ten times in an hour, and again in the next one', async () => {
    const clock = manualClock();
    const hint = new InstallHint('brew install it', clock);
    const shown = (): number =>
      Array.from({ length: 12 }, () => hint.text()).filter((text) => text.includes('brew')).length;
    expect(shown()).toBe(10);
    await clock.advance(3_599_999);
    expect(shown()).toBe(0);
    await clock.advance(1);
    expect(shown()).toBe(10);
  });

  it('stands behind the help that everyone gets', () => {
    expect(new InstallHint('', manualClock()).text()).toMatch(/^\n\nThe program .*\n.*https:\S+$/);
    expect(new InstallHint('brew', manualClock()).text()).toMatch(/https:\S+\n\nbrew$/);
  });

  it('cannot steer a terminal', () => {
    expect(new InstallHint('\u001b[2Jrun\u0007', manualClock()).text()).toContain(
      'U+001B[2JrunU+0007',
    );
  });
});

describe('control characters', () => {
  it('are spelt out, and what people write stays', () => {
    const kept = 'aé̂7٣.,$€+ \u00a0\t\n\v\f\r\u{1f511}';
    expect(replaceControlCharacters(kept)).toBe(kept);
    expect(replaceControlCharacters('\u001b\u009b\u200e\u{e0001}\0')).toBe(
      'U+001BU+009BU+200EU+E0001U+0000',
    );
  });
});
