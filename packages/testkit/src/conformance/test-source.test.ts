import { firstOf, staticSource } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { describe, expect, it } from 'vitest';
import { execCredential } from '../plugin/exec-credential.js';
import { scriptedPlugin } from '../plugin/scripted-plugin.js';
import { sourceScenes } from './source-scenes.js';
import type { SourceUnderTest } from './source-under-test.js';
import { playSourceScene, testSource } from './test-source.js';

const token = 'a-very-secret-token';

testSource({
  test: it,
  name: 'staticSource',
  make: () => ({ source: staticSource({ token }), secrets: [token] }),
});

testSource({
  test: it,
  name: 'staticSource with headers',
  make: () => ({ source: staticSource({ headers: { 'X-API-Key': token } }), secrets: [token] }),
});

testSource({
  test: it,
  name: 'execSource',
  make: async () => {
    const good = { stdout: execCredential({ token }) };
    const plugin = await scriptedPlugin(good);
    return {
      source: execSource(plugin.config),
      secrets: [token],
      fail: () => plugin.script({ ...good, stderr: `token: ${token}`, exitCode: 3 }),
      mend: () => plugin.script(good),
      stall: () => plugin.script({ delayMs: 60_000 }),
      dispose: () => plugin.dispose(),
    };
  },
});

testSource({
  test: it,
  name: 'firstOf',
  make: () => {
    const last = memorySource();
    const broken = { name: 'broken', load: () => Promise.reject(new Error(token)) };
    return { ...last, source: firstOf(broken, last.source) };
  },
});

/** A right source that a test can break. */
function memorySource(): SourceUnderTest & Required<Pick<SourceUnderTest, 'fail' | 'stall'>> {
  let state: 'good' | 'broken' | 'stalled' = 'good';
  return {
    secrets: [token],
    source: {
      name: 'memory',
      load: async ({ signal }) => {
        signal.throwIfAborted();
        if (state === 'broken') throw new Error('broken');
        if (state === 'good') return { token };
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
      },
    },
    fail: () => {
      state = 'broken';
    },
    mend: () => {
      state = 'good';
    },
    stall: () => {
      state = 'stalled';
    },
  };
}

describe('a source that', () => {
  type Change = (right: SourceUnderTest) => Partial<SourceUnderTest['source']>;
  const wrong: readonly (readonly [fault: string, scene: string, change: Change])[] = [
    [
      'gives nothing',
      'gives material that a manager accepts',
      () => ({ load: async () => ({ token: `${token}\n` }) }),
    ],
    ['is named after its token', 'has a name, without a secret in it', () => ({ name: token })],
    [
      'keeps its token in a property',
      'shows no secret when it is printed',
      () => ({ held: token }) as object,
    ],
    [
      'keeps its latest header in a property',
      'keeps what it puts into headers to itself',
      () => ({ load: async () => ({ headers: { 'X-API-Key': 'a-key' } }), latest: 'a-key' }),
    ],
    ['works once', 'can be asked again', ({ source }) => ({ load: onlyOnce(source.load) })],
    [
      'refuses a second load at the same time',
      'serves two managers at the same time',
      ({ source }) => ({ load: oneAtATime(source.load) }),
    ],
    [
      'quotes its token in an error',
      'fails by a rejected promise, and shows no secret in the error',
      ({ source }) => ({
        load: (context) =>
          source.load(context).catch(() => Promise.reject(new Error(`no use: ${token}`))),
      }),
    ],
    [
      'keeps its first failure',
      'can be asked again after a failure',
      ({ source }) => ({ load: keepingFailure(source.load) }),
    ],
    [
      'does not look at the signal',
      'ends a load when it is aborted',
      ({ source }) => ({ load: ({ reason }) => source.load({ reason, signal: deaf }) }),
    ],
    [
      'listens to the signal only',
      'ends a load that was aborted before it began',
      ({ source }) => ({
        load: ({ reason, signal }) =>
          source.load({ reason, signal: signal.aborted ? deaf : signal }),
      }),
    ],
    [
      'leaves a promise behind',
      'leaves no rejection unhandled when nobody waits any more',
      ({ source }) => ({
        load: (context) => {
          const load = source.load(context);
          context.signal.addEventListener('abort', () => {
            void Promise.reject(new Error('left'));
          });
          return load;
        },
      }),
    ],
  ];
  const deaf = new AbortController().signal;

  it('is wrong exists for each scene', () => {
    const names = sourceScenes.map(({ name }) => name).sort();
    expect(wrong.map(([, scene]) => scene).sort()).toEqual(names);
  });

  it.each(wrong)('%s fails: %s', async (_fault, name, change) => {
    const make = (): SourceUnderTest => {
      const right = memorySource();
      return { ...right, source: { ...right.source, ...change(right) } };
    };
    const scene = sourceScenes.find((candidate) => candidate.name === name);
    // The runner would take what the source leaves behind for its own.
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    try {
      await expect(scene && playSourceScene(scene, make, 200)).rejects.toThrow();
    } finally {
      for (const listener of listeners) process.on('unhandledRejection', listener);
    }
  });

  it('is right fails none', async () => {
    for (const scene of sourceScenes) await playSourceScene(scene, memorySource, 2_000);
  });
});

type Load = SourceUnderTest['source']['load'];

function onlyOnce(load: Load): Load {
  let isUsed = false;
  return async (context) => {
    if (isUsed && context.reason === 'requested') throw new Error('used');
    isUsed = true;
    return load(context);
  };
}

function oneAtATime(load: Load): Load {
  let isBusy = false;
  return async (context) => {
    if (isBusy) throw new Error('busy');
    isBusy = true;
    await Promise.resolve();
    return load(context).finally(() => {
      isBusy = false;
    });
  };
}

function keepingFailure(load: Load): Load {
  let failure: unknown;
  return async (context) => {
    if (failure !== undefined) throw failure;
    return load(context).catch((error: unknown) => {
      failure = error;
      throw error;
    });
  };
}
