import { manualClock } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import { aboutPlugins, InstallHint } from './install-hint.js';

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
    const textOf = (hint: string): string =>
      new InstallHint(hint, manualClock(), aboutPlugins).text();
    expect(textOf('')).toMatch(/^\n\nThe program .*\n.*https:\S+$/);
    expect(textOf('brew')).toMatch(/https:\S+\n\nbrew$/);
  });

  it('is all there is for a program that is no plugin', () => {
    expect(new InstallHint('brew', manualClock()).text()).toBe('\n\nbrew');
    expect(new InstallHint('', manualClock()).text()).toBe('');
  });

  it('cannot steer a terminal', () => {
    expect(new InstallHint('\u001b[2Jrun\u0007', manualClock()).text()).toContain(
      'U+001B[2JrunU+0007',
    );
  });
});
