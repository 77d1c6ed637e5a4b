import {
  type CredentialManager,
  type CredentialMaterial,
  createCredentialManager,
} from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { type ManualClock, manualClock } from '@keyturn/testkit';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';

// What the clock does at the worst moment, and how long nobody is served for it. Time is that of a stopwatch: what the
// clock says is the very thing that is wrong.

const second = 1_000;
const hour = 3_600 * second;
const jumps = {
  '5 s back': -5 * second,
  '1 h back': -hour,
  '1 year back': -365 * 24 * hour,
  '5 s forward': 5 * second,
  '1 h forward': hour,
  '1 year forward': 365 * 24 * hour,
} as const;

/** Answers as long as it is well, with a token for ten minutes. */
function moodySource(clock: ManualClock) {
  const source = {
    name: 'moody',
    isWell: true,
    runs: 0,
    lifetimeMs: 600 * second,
    load: async (): Promise<CredentialMaterial> => {
      source.runs += 1;
      if (!source.isWell) throw new Error('no network for a moment');
      return { token: `token-${source.runs}`, expiresAt: clock.now() + source.lifetimeMs };
    },
  };
  return source;
}

interface Stage {
  readonly clock: ManualClock;
  readonly source: ReturnType<typeof moodySource>;
  readonly manager: CredentialManager;
  /** Asks, and lets pass `ms`. */
  ask(ms: number): Promise<boolean>;
}

interface Moment {
  /** Brings the manager into it, or so far that the jump happens in the middle. */
  readonly prepare: (stage: Stage) => Promise<void>;
  /** No outage lasts longer. Milliseconds; half a minute is the longest pause behind quick failures. */
  readonly longestOutageMs: number;
  /** How many loads the ten minutes after the jump may cost. */
  readonly mostLoads: number;
}

const fail = async ({ source, ask }: Stage, times: number): Promise<void> => {
  source.isWell = false;
  for (let count = 0; count < times; count += 1) await ask(31 * second);
  source.isWell = true;
};

const moments: Readonly<Record<string, Moment>> = {
  'the first pause': {
    prepare: (stage) => fail(stage, 1),
    longestOutageMs: 2 * second,
    mostLoads: 3,
  },
  'the longest pause': {
    prepare: async (stage) => {
      await fail(stage, 9);
      stage.source.isWell = false;
      await stage.ask(10);
      stage.source.isWell = true;
    },
    longestOutageMs: 31 * second,
    mostLoads: 3,
  },
  'a credential held': {
    prepare: async ({ ask }) => void (await ask(10)),
    longestOutageMs: 0,
    mostLoads: 2,
  },
  'the refresh window': {
    prepare: async ({ ask, clock }) => {
      await ask(10);
      await clock.advance(550 * second);
    },
    longestOutageMs: 0,
    mostLoads: 3,
  },
  'a pause in the refresh window': {
    prepare: async ({ ask, clock, source }) => {
      await ask(10);
      await clock.advance(550 * second);
      source.isWell = false;
      await ask(10);
      source.isWell = true;
    },
    longestOutageMs: 31 * second,
    mostLoads: 3,
  },
  'a credential that was born expired': {
    prepare: async ({ ask, source }) => {
      source.lifetimeMs = -60 * second;
      await ask(10);
      source.lifetimeMs = 600 * second;
    },
    longestOutageMs: 0,
    mostLoads: 3,
  },
  'a credential that was born expired by a clock a year ahead': {
    prepare: async ({ ask, source, clock }) => {
      source.lifetimeMs = -365 * 24 * hour;
      await ask(10);
      source.lifetimeMs = 600 * second;
      await clock.advance(10);
    },
    longestOutageMs: 0,
    mostLoads: 3,
  },
};

const table: string[] = [];
afterAll(() => {
  console.log(
    ['jump × moment: longest outage, loads in the ten minutes after it', ...table].join('\n'),
  );
});

function setUp(): Stage {
  const clock = manualClock();
  const source = moodySource(clock);
  const manager = createCredentialManager({ clock, source });
  onTestFinished(() => manager.close());
  const ask = async (ms: number): Promise<boolean> => {
    let isServed = false;
    manager.current().then(
      () => {
        isServed = true;
      },
      () => {},
    );
    await clock.advance(0);
    const wasServed = isServed;
    await clock.advance(ms);
    return wasServed;
  };
  return { clock, source, manager, ask };
}

describe.each(Object.entries(moments))('in %s', (name, moment) => {
  it.each(Object.entries(jumps))(
    'a clock that goes %s costs no more than the pause',
    async (jump, ms) => {
      const stage = setUp();
      await moment.prepare(stage);
      const runsBefore = stage.source.runs;
      stage.clock.jump(ms);
      let outageMs = 0;
      let longestOutageMs = 0;
      for (let elapsed = 0; elapsed < 600 * second; elapsed += second) {
        outageMs = (await stage.ask(second)) ? 0 : outageMs + second;
        longestOutageMs = Math.max(longestOutageMs, outageMs);
      }
      const loads = stage.source.runs - runsBefore;
      table.push(
        `${jump.padEnd(15)} ${name.padEnd(60)} ${String(longestOutageMs / second).padStart(3)} s  ${loads}`,
      );
      expect(longestOutageMs).toBeLessThanOrEqual(moment.longestOutageMs);
      expect(loads).toBeLessThanOrEqual(moment.mostLoads);
    },
  );
});

describe('when the clock jumps', () => {
  const entries = Object.entries(jumps);

  it('back by the year it was ahead, nothing is held for that year', async () => {
    const { clock, ask, source } = setUp();
    // The source's clock is right: what it gives has expired by ours.
    source.lifetimeMs = 600 * second - 365 * 24 * hour;
    await ask(10);
    source.lifetimeMs = 600 * second;
    clock.jump(-365 * 24 * hour);
    expect(await ask(700 * second)).toBe(true);
    expect(await ask(10)).toBe(true);
    expect(source.runs).toBe(2);
  });

  it.each(entries)(
    '%s while a load fails, the next one starts within the longest pause',
    async (jump, ms) => {
      const { clock, ask, source } = setUp();
      source.isWell = false;
      const { load } = source;
      source.load = () => {
        clock.jump(ms);
        return load();
      };
      await ask(10);
      source.isWell = true;
      source.load = load;
      let seconds = 0;
      while (!(await ask(second)) && seconds < 3_600) seconds += 1;
      table.push(
        `${jump.padEnd(15)} ${'a load that fails'.padEnd(60)} ${String(seconds).padStart(3)} s  ${source.runs}`,
      );
      expect(seconds).toBeLessThanOrEqual(2);
    },
  );

  it.each(entries)(
    '%s behind a used-up limit, a refusal is acted on within its interval',
    async (jump, ms) => {
      const clock = manualClock();
      const source = moodySource(clock);
      const refusalLimit = { threshold: 1, intervalMs: 60 * second };
      const manager = createCredentialManager({ clock, source, refusalLimit });
      onTestFinished(() => manager.close());
      const second_ = await manager.invalidate(await manager.current());
      clock.jump(ms);
      let seconds = 0;
      let next: unknown;
      for (; next === undefined && seconds < 3_600; seconds += 1) {
        const held = manager.peek() ?? (await manager.current());
        next = await manager.invalidate(held ?? second_);
        await clock.advance(second);
      }
      table.push(
        `${jump.padEnd(15)} ${'a refusal limit that is used up'.padEnd(60)} ${String(seconds - 1).padStart(3)} s  ${source.runs - 2}`,
      );
      expect(seconds).toBeLessThanOrEqual(61);
    },
  );

  it.each(entries)(
    '%s behind ten install hints, the next is shown within the hour',
    async (jump, ms) => {
      const clock = manualClock();
      const source = execSource(
        {
          command: 'no-such-plugin',
          apiVersion: 'client.authentication.k8s.io/v1',
          interactiveMode: 'Never',
          installHint: 'get it',
        },
        { clock },
      );
      const isShown = async (): Promise<boolean> => {
        const context = { reason: 'initial', signal: new AbortController().signal } as const;
        const error = await source.load(context).then(
          () => undefined,
          (thrown: Error) => thrown,
        );
        return error?.message.includes('get it') ?? false;
      };
      for (let shown = 0; shown < 10; shown += 1) expect(await isShown()).toBe(true);
      expect(await isShown()).toBe(false);
      clock.jump(ms);
      let minutes = 0;
      for (; !(await isShown()) && minutes < 600; minutes += 1) await clock.advance(60 * second);
      table.push(
        `${jump.padEnd(15)} ${'an hour of install hints'.padEnd(60)} ${String(minutes).padStart(3)} min`,
      );
      expect(minutes).toBeLessThanOrEqual(60);
    },
  );
});
