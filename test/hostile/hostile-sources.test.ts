import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  CredentialError,
  type CredentialMaterial,
  createCredentialManager,
  firstOf,
  isCredentialError,
} from '@keyturn/core';
import { isCertificateRefusal } from '@keyturn/core/binding';
import { manualClock } from '@keyturn/testkit';
import fc from 'fast-check';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';

// A source belongs to somebody else, and so does what it throws and returns. Nothing of it gets past the wrapping and
// the pause: its callers get a CredentialError, and the next request does not run it again at once.

const brand = Symbol.for('@keyturn/core/CredentialError');
const explode = (): never => {
  throw new Error('sekret: looked at');
};

function exploding(...names: readonly PropertyKey[]): object {
  const properties = names.map((name) => [name, { get: explode, enumerable: true }] as const);
  return Object.defineProperties({}, Object.fromEntries(properties));
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const everyTrap = new Proxy({}, { get: () => explode });
const changing = (): CredentialError => {
  let reads = 0;
  const error = new CredentialError('ERR_EXEC_EXIT', 'real');
  return Object.defineProperty(error, 'code', {
    get: () => {
      reads += 1;
      return reads > 1 ? explode() : 'ERR_EXEC_EXIT';
    },
  });
};
const underProxy = (): object =>
  Object.create(new Proxy({}, { has: explode, get: explode })) as object;

const oddities: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  'a number': () => 7,
  'a bigint': () => 7n,
  'a symbol': () => Symbol('odd'),
  'a string': () => 'odd',
  'a function': () => explode,
  'an object without a prototype': () => Object.create(null),
  'a getter for code that throws': () => exploding('code'),
  'getters that throw': () =>
    exploding('code', 'message', 'name', 'stack', 'cause', 'exitCode', 'stderr', brand),
  'a getter for toString and toJSON that throws': () =>
    exploding('toString', 'toJSON', Symbol.toPrimitive),
  'a brand getter that throws': () => exploding(brand),
  'a brand, and a code that throws': () =>
    Object.defineProperty(exploding('code'), brand, { value: true }),
  'a brand and nothing else': () => ({ [brand]: true }),
  'a brand, and a code that is an object': () => ({
    [brand]: true,
    code: exploding('length'),
    message: 'm',
  }),
  'one of ours, whose code changes and then throws': changing,
  'one of ours behind a proxy': () =>
    new Proxy(new CredentialError('ERR_EXEC_EXIT', 'm'), { get: explode }),
  'one of ours behind a proxy that shows the brand alone': () =>
    new Proxy(new CredentialError('ERR_EXEC_EXIT', 'm'), {
      get: (_, name) => name === brand || explode(),
    }),
  'a proxy that throws at everything': () => new Proxy({}, everyTrap),
  'a proxy of a function that throws at everything': () => new Proxy(explode, everyTrap),
  'a proxy that was revoked': revoked,
  'an object below a proxy that throws': underProxy,
  'an object with a hasInstance that throws': () => exploding(Symbol.hasInstance),
  'an object whose constructor throws': () => exploding('constructor', Symbol.species),
  'an error whose cause is itself': () => {
    const error = new Error('x');
    error.cause = error;
    return error;
  },
};

// biome-ignore-start lint/suspicious/noThenProperty: what a source returns may be anything at all
const thenables: Readonly<Record<string, () => unknown>> = {
  'a getter for then that throws': () => exploding('then'),
  'a then that throws': () => ({ then: explode }),
  'a then that answers twice': () => ({
    then: (succeed: (value: unknown) => void, fail: (error: unknown) => void) => {
      fail(new Error('sekret'));
      succeed({ token: 'x' });
      explode();
    },
  }),
  'a then that rejects with a proxy': () => ({
    then: (_: unknown, fail: (error: unknown) => void) => fail(new Proxy({}, everyTrap)),
  }),
};
// biome-ignore-end lint/suspicious/noThenProperty: what a source returns may be anything at all

const materials: Readonly<Record<string, () => unknown>> = {
  'a getter for the token that throws': () => exploding('token'),
  'a getter for the pair that throws': () => exploding('clientCertificate'),
  'a getter for the expiry that throws': () => exploding('expiresAt'),
  'a pair whose getters throw': () => ({
    clientCertificate: exploding('certificate', 'privateKey'),
  }),
  'a pair that is a revoked proxy': () => ({ clientCertificate: revoked() }),
  'a token that is a revoked proxy': () => ({ token: revoked() }),
  'an expiry that is a revoked proxy': () => ({ token: 'x', expiresAt: revoked() }),
  'an expiry that throws when it is counted with': () => ({
    token: 'x',
    expiresAt: exploding('valueOf', Symbol.toPrimitive),
  }),
};

function setUp(load: () => unknown, more: object = {}) {
  const clock = manualClock();
  const run = vi.fn(load);
  const source = {
    name: 'hostile',
    load: run as unknown as () => Promise<CredentialMaterial>,
    ...more,
  };
  const manager = createCredentialManager({ clock, source });
  onTestFinished(() => manager.close());
  return { clock, manager, run };
}

const unhandled = vi.fn();
process.on('unhandledRejection', unhandled);
process.on('uncaughtExceptionMonitor', unhandled);
afterAll(() => {
  process.off('unhandledRejection', unhandled);
  process.off('uncaughtExceptionMonitor', unhandled);
});

/** Asks a thousand times in five seconds, and checks what each of them gets and how often the source was run. */
async function isHeld(load: () => unknown, more?: object): Promise<void> {
  const { clock, manager, run } = setUp(load, more);
  const failures = new Set<unknown>();
  for (let step = 0; step < 20; step += 1) {
    for (let request = 0; request < 10; request += 1) {
      manager.current().then(
        () => failures.add('served'),
        (error) => failures.add(error),
      );
    }
    await clock.advance(250);
  }
  for (const failure of failures) {
    expect(isCredentialError(failure)).toBe(true);
    const { code, message } = failure as CredentialError;
    expect(code).toMatch(/^ERR_/);
    expect(message).not.toContain('sekret');
    expect(JSON.stringify(failure)).not.toContain('sekret');
  }
  expect(failures.size).toBeGreaterThan(0);
  expect(run.mock.calls.length).toBeLessThan(9);
  expect(manager.stats()).toMatchObject({
    runs: run.mock.calls.length,
    failures: run.mock.calls.length,
  });
  expect(unhandled).not.toHaveBeenCalled();
}

const built = (makers: Readonly<Record<string, (() => unknown) | undefined>>): object =>
  Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, make?.()]));

/** Tells whether whoever asks gets a credential or an error of ours. */
async function isAnswered(make: () => unknown, how: string): Promise<boolean> {
  const { clock, manager } = setUp(() => {
    if (how === 'return') return make();
    if (how === 'reject') return Promise.reject(make());
    throw make();
  });
  const outcome = manager.current().then(({ generation }) => generation === 1, isCredentialError);
  await clock.advance(0);
  await manager.close();
  return outcome;
}

describe('a source', () => {
  it.each(Object.entries(oddities))('that throws %s is wrapped, and pauses', (_, odd) =>
    isHeld(() => {
      throw odd();
    }),
  );

  it.each(Object.entries(oddities))('that rejects with %s is wrapped, and pauses', (_, odd) =>
    isHeld(() => Promise.reject(odd())),
  );

  it.each(Object.entries({ ...oddities, ...thenables, ...materials }))(
    'that returns %s is refused, and pauses',
    (_, odd) => isHeld(odd),
  );

  it.each(Object.entries({ ...oddities, ...materials }))(
    'that resolves with %s is refused, and pauses',
    (_, odd) => isHeld(async () => odd()),
  );

  it.each(Object.entries(oddities))(
    'whose own word on asking throws %s is held all the same',
    (_, odd) => {
      const throwIt = (): never => {
        throw odd();
      };
      return isHeld(throwIt, { isInteractive: throwIt, mayHaveAsked: throwIt });
    },
  );

  it.each(Object.entries(oddities))(
    'among others that throws %s does not keep them from being asked',
    async (_, odd) => {
      const throws = {
        name: 'hostile',
        load: async () => {
          throw odd();
        },
      };
      const { manager } = setUp(
        firstOf(throws, { name: 'kind', load: async () => ({ token: 'x' }) }).load as never,
      );
      expect((await manager.current()).token).toBe('x');
    },
  );

  it('of whatever kind, built at random, cannot get past either', async () => {
    // Makers of values, because fast-check looks at what it makes.
    const leaf: fc.Arbitrary<() => unknown> = fc.oneof(
      fc.anything().map((value) => () => value),
      fc.constantFrom(...Object.values({ ...oddities, ...thenables })),
    );
    const recordOf = (parts: Readonly<Record<string, fc.Arbitrary<() => unknown>>>) =>
      fc.record(parts, { requiredKeys: [] }).map((makers) => () => built(makers));
    const pair = recordOf({ certificate: leaf, privateKey: leaf });
    const material = recordOf({
      token: leaf,
      clientCertificate: fc.oneof(leaf, pair),
      expiresAt: leaf,
    });
    const how = fc.constantFrom('throw', 'reject', 'return');
    await fc.assert(fc.asyncProperty(fc.oneof(leaf, material), how, isAnswered), { numRuns: 300 });
    await nextTurn();
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('what is asked about an error', () => {
  it.each(Object.entries({ ...oddities, ...thenables }))(
    'answers and does not throw: %s',
    (_, odd) => {
      expect(typeof isCredentialError(odd())).toBe('boolean');
      expect(isCertificateRefusal(odd())).toBe(false);
      expect(isCertificateRefusal(Object.assign(new Error('x'), { cause: odd() }))).toBe(false);
    },
  );

  it('passes on a CredentialError of ours as it is', async () => {
    const error = new CredentialError('ERR_EXEC_EXIT', 'one of ours', { exitCode: 3 });
    await expect(setUp(() => Promise.reject(error)).manager.current()).rejects.toBe(error);
  });
});
