import { sourceAround } from '@keyturn/core';
import { describe, expect, it } from 'vitest';
import type { CredentialSource } from '../contract.js';

const load = async () => ({ token: 'around' });
const inner = (more: Partial<CredentialSource> = {}): CredentialSource => ({
  name: 'inner',
  load: async () => ({ token: 'inner' }),
  ...more,
});
const context = { reason: 'initial', signal: new AbortController().signal } as const;

/** As a class has it: nothing of it is the object's own. */
class Login implements CredentialSource {
  readonly name = 'a login';
  readonly #asksFromMs = 50;

  async load() {
    return { token: 'inner' };
  }

  isInteractive(): boolean {
    return this.#asksFromMs > 0;
  }

  mayHaveAsked(tookMs: number): boolean | 'perhaps' {
    return tookMs >= this.#asksFromMs && 'perhaps';
  }
}

describe('a source around another', () => {
  it('loads in its own way, under the name of the other', async () => {
    const source = sourceAround(inner(), load);
    expect(source.name).toBe('inner');
    expect(await source.load(context)).toEqual({ token: 'around' });
  });

  it('may ask a person where the other may, and says so as that does', () => {
    const source = sourceAround(new Login(), load);
    expect(source.isInteractive?.()).toBe(true);
    expect([10, 60].map((tookMs) => source.mayHaveAsked?.(tookMs))).toEqual([false, 'perhaps']);
  });

  it('asks nobody where the other does not say', () => {
    const source = sourceAround(inner(), load);
    expect(source.isInteractive?.()).toBe(false);
    expect(source.mayHaveAsked?.(60_000)).toBe(false);
    const asking = sourceAround(inner({ isInteractive: () => true }), load);
    expect(asking.mayHaveAsked?.(1)).toBe(true);
  });
});
