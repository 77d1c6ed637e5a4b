import { expect, it } from 'vitest';
import { newestRefreshToken, stateBehind } from './refresh-state.js';

it('presents the configured token at first, and then what the server has put in its place', () => {
  expect(newestRefreshToken('seed', undefined)).toBe('seed');
  const state = stateBehind('next', 'seed', undefined);
  expect(newestRefreshToken('seed', state)).toBe('next');
});

it('has no state while the configured token is the newest', () => {
  expect(stateBehind('seed', 'seed', undefined)).toBeUndefined();
});

it('takes a configured token that is another one for that of a newer login', () => {
  const state = stateBehind('next', 'seed', undefined);
  expect(newestRefreshToken('new-login', state)).toBe('new-login');
});

it('leaves the older configuration of two processes what the newer one has got', () => {
  const old = stateBehind('next', 'seed', undefined);
  const newer = stateBehind('after-login', 'new-login', old);
  expect(newestRefreshToken('seed', newer)).toBe('after-login');
  expect(newestRefreshToken('new-login', newer)).toBe('after-login');
});

it('remembers a handful of logins and holds none of them', () => {
  let state: string | undefined;
  for (let login = 0; login < 20; login += 1) state = stateBehind('next', `seed-${login}`, state);
  expect(state?.length).toBeLessThan(600);
  expect(state).not.toContain('seed-');
  expect(newestRefreshToken('seed-0', state)).toBe('seed-0');
});

it.each(['', 'null', '[]', '{"refreshToken":1,"seeds":[]}', '{"refreshToken":"x"}', 'next'])(
  'takes a state that it cannot read for none: %s',
  (state) => {
    expect(newestRefreshToken('seed', state)).toBe('seed');
    expect(() => stateBehind('next', 'seed', state)).not.toThrow();
  },
);
