/**
 * Processes that share one login, played step by step in an order that a list of numbers decides. What runs in them is the source itself;
 * the store, the identity provider, the clocks and what goes wrong are played here.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, CredentialMaterial, CredentialStore } from '@keyturn/core';
import { memoryStore } from '@keyturn/testkit';
import { sharedSource } from '../src/index.js';

export interface SchedulePlan {
  readonly onStoreFailure: 'load' | 'fail';
  /** By how much the clock of each process is wrong; so many processes there are. Milliseconds. */
  readonly clockOffsetsMs: readonly number[];
  /** How often each process asks. */
  readonly requests: number;
  readonly canCrash: boolean;
  readonly canPause: boolean;
  readonly canFail: boolean;
  readonly choices: readonly number[];
}

/** What a schedule has come to. */
export interface Verdict {
  /** What must never be, in words. */
  readonly faults: readonly string[];
  readonly loads: number;
  readonly takeovers: number;
  readonly reuses: number;
  readonly crashes: number;
  readonly storeFailures: number;
}

type Step = () => void;

/** Something on its way: to the store or the provider, and back. */
interface Call {
  readonly process: Process;
  /** Has it happen where it was sent to. */
  readonly happen: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly isStore: boolean;
  outcome?: { readonly value: unknown } | { readonly error: unknown };
}

interface Timer {
  readonly process: Process;
  readonly dueAt: number;
  readonly callback: () => void;
}

const leaseMs = 1_000;
const key = 'k';
const hops = 20;
// Nobody aborts here.
const { signal } = new AbortController();

class Process {
  readonly index: number;
  isPaused = false;
  isDead = false;
  isAsking = false;
  asked = 0;
  state: string | undefined;
  /** Of the lease that it was given last. */
  fence: string | undefined;

  constructor(index: number) {
    this.index = index;
  }

  get isRunning(): boolean {
    return !this.isPaused && !this.isDead;
  }
}

export class Schedule {
  readonly #plan: SchedulePlan;
  readonly #processes: readonly Process[];
  readonly #store: CredentialStore;
  readonly #sources: ReturnType<typeof sharedSource>[];
  readonly #faults: string[] = [];
  readonly #loadsOf: Map<string, number> = new Map();
  /** How many upsets there had been when the load began that used each refresh token first. */
  readonly #uses: Map<string, number> = new Map();
  #calls: Call[] = [];
  #timers: Timer[] = [];
  #now = 1_000_000;
  #fences = 0;
  #token = 1;
  #counts = { loads: 0, takeovers: 0, reuses: 0, crashes: 0, storeFailures: 0 };
  /** What makes it right to use a refresh token once more: whoever used it has crashed, or lost its lease. */
  #upsets = 0;

  constructor(plan: SchedulePlan) {
    this.#plan = plan;
    this.#processes = plan.clockOffsetsMs.map((_, index) => new Process(index));
    this.#store = memoryStore({
      clock: { now: () => this.#now },
      newFence: () => {
        this.#fences += 1;
        return `f${this.#fences}`;
      },
    });
    this.#sources = this.#processes.map((process) =>
      sharedSource(
        { name: 'login', load: ({ state }) => this.#ask(process, state) },
        { store: this.#storeOf(process), key, leaseMs, onStoreFailure: plan.onStoreFailure },
      ),
    );
  }

  async play(): Promise<Verdict> {
    for (const choice of this.#plan.choices) {
      const steps = this.#stepsFor(choice);
      steps[Math.floor(choice / 16) % steps.length]?.();
      await settle();
    }
    await this.#bringToAnEnd();
    await this.#judge();
    return { faults: this.#faults, ...this.#counts };
  }

  // --- what may happen next ---

  #stepsFor(choice: number): readonly Step[] {
    const kind = choice % 16;
    const upsets = kind === 0 ? this.#upsettingSteps() : [];
    if (upsets.length > 0) return upsets;
    const ordinary = this.#ordinarySteps();
    return kind < 4 || ordinary.length === 0 ? [() => this.#advance(choice)] : ordinary;
  }

  #ordinarySteps(): Step[] {
    return [
      ...this.#processes
        .filter((each) => this.#mayAsk(each))
        .map((each) => () => this.#request(each)),
      ...this.#calls.flatMap((call) => this.#stepOf(call)),
      ...this.#timers
        .filter(({ process, dueAt }) => process.isRunning && dueAt <= this.#now)
        .map((timer) => () => this.#fire(timer)),
    ];
  }

  #stepOf(call: Call): Step[] {
    if (call.outcome === undefined) return [() => this.#happen(call)];
    return call.process.isRunning ? [() => this.#deliver(call)] : [];
  }

  #upsettingSteps(): Step[] {
    const { canCrash, canPause, canFail } = this.#plan;
    const living = this.#processes.filter(({ isDead }) => !isDead);
    const open = this.#calls.filter(({ isStore, outcome }) => isStore && outcome === undefined);
    return [
      ...(canCrash && living.length > 1 ? living.map((each) => () => this.#crash(each)) : []),
      ...(canPause ? living : []).map((each) => () => {
        each.isPaused = !each.isPaused;
      }),
      ...(canFail ? open : []).flatMap((call) => [
        () => this.#fail(call, false),
        () => this.#fail(call, true),
      ]),
    ];
  }

  #mayAsk(process: Process): boolean {
    return process.isRunning && !process.isAsking && process.asked < this.#plan.requests;
  }

  // --- steps ---

  #request(process: Process): void {
    process.isAsking = true;
    process.asked += 1;
    const reason = process.state === undefined ? 'initial' : 'rejected';
    const clock = this.#clockOf(process);
    const load = this.#sources[process.index]?.load({
      reason,
      signal,
      clock,
      state: process.state,
    });
    const end = (): void => {
      process.isAsking = false;
    };
    load?.then(
      ({ state }) => {
        process.state = state;
        end();
      },
      (error) => {
        if (!this.#mayReject(error)) this.#faults.push(`a request failed: ${error}`);
        end();
      },
    );
  }

  #mayReject({ code, message }: { readonly code?: string; readonly message: string }): boolean {
    if (code === 'ERR_STORE_FAILED') return this.#plan.onStoreFailure === 'fail';
    return message.includes('reused') || code === 'ERR_SOURCE_FAILED';
  }

  #happen(call: Call): void {
    void call.happen().then(
      (value) => {
        call.outcome = { value };
      },
      (error) => {
        call.outcome = { error };
      },
    );
  }

  #deliver(call: Call): void {
    this.#calls = this.#calls.filter((each) => each !== call);
    const { outcome } = call;
    if (outcome === undefined) return;
    if ('error' in outcome) call.reject(outcome.error);
    else call.resolve(outcome.value);
  }

  /** The way there has failed, or the way back. */
  #fail(call: Call, hasHappened: boolean): void {
    this.#counts.storeFailures += 1;
    const outcome = { error: Object.assign(new Error('down'), { code: 'ECONNRESET' }) };
    if (!hasHappened) {
      call.outcome = outcome;
      return;
    }
    void call.happen().then(() => {
      call.outcome = outcome;
    });
  }

  #fire(timer: Timer): void {
    this.#timers = this.#timers.filter((each) => each !== timer);
    timer.callback();
  }

  #crash(process: Process): void {
    this.#counts.crashes += 1;
    this.#upsets += 1;
    process.isDead = true;
    this.#calls = this.#calls.filter((call) => call.process !== process);
    this.#timers = this.#timers.filter((timer) => timer.process !== process);
  }

  #advance(choice: number): void {
    this.#now += 1 + ((choice * 37) % (leaseMs / 2));
  }

  // --- what the source is given ---

  #clockOf(process: Process): Clock {
    const offsetMs = this.#plan.clockOffsetsMs[process.index] ?? 0;
    return {
      now: () => this.#now + offsetMs,
      elapsed: () => this.#now,
      schedule: (delayMs, callback) => {
        if (process.isDead) return () => {};
        const timer = { process, dueAt: this.#now + delayMs, callback };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((each) => each !== timer);
        };
      },
    };
  }

  #send<Result>(
    process: Process,
    happen: () => Promise<Result>,
    isStore: boolean,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      if (process.isDead) return;
      const take = (value: unknown): void => resolve(value as Result);
      this.#calls.push({ process, happen, resolve: take, reject, isStore });
    });
  }

  #storeOf(process: Process): CredentialStore {
    const store = this.#store;
    const send = <Result>(happen: () => Promise<Result>): Promise<Result> =>
      this.#send(process, happen, true);
    return {
      name: 'played',
      read: (name) => send(() => store.read(name)),
      lease: async (name, ms) => {
        const lease = await send(() => this.#lease(name, ms));
        process.fence = lease?.fence;
        return lease;
      },
      renew: (...args) => send(() => store.renew(...args)),
      write: (...args) => send(() => store.write(...args)),
      release: (...args) => send(() => store.release(...args)),
      delete: (name) => send(() => store.delete(name)),
    };
  }

  async #lease(name: string, ms: number): ReturnType<CredentialStore['lease']> {
    const lease = await this.#store.lease(name, ms);
    if (lease?.isTakeover) {
      this.#counts.takeovers += 1;
      this.#upsets += 1;
    }
    return lease;
  }

  /** The identity provider: it takes a refresh token once. */
  async #ask(process: Process, state: string | undefined): Promise<CredentialMaterial> {
    const fence = process.fence ?? 'none';
    const upsets = this.#upsets;
    const loads = (this.#loadsOf.get(fence) ?? 0) + 1;
    this.#loadsOf.set(fence, loads);
    if (loads > 1 && !this.#isOnItsOwn()) this.#faults.push('two loads under one lease');
    return this.#send(process, async () => this.#refresh(state ?? 'r1', upsets), false);
  }

  /** Whether a process may load without a lease. */
  #isOnItsOwn(): boolean {
    return this.#plan.onStoreFailure === 'load';
  }

  #refresh(used: string, upsets: number): CredentialMaterial {
    this.#counts.loads += 1;
    const before = this.#uses.get(used);
    if (before === undefined) this.#uses.set(used, upsets);
    else this.#noteReuse(before === upsets, used);
    if (used !== `r${this.#token}`) throw new Error('reused');
    this.#token += 1;
    return { token: `a${this.#token}`, expiresAt: this.#now + 3_600_000, state: `r${this.#token}` };
  }

  #noteReuse(isWithoutReason: boolean, used: string): void {
    this.#counts.reuses += 1;
    if (isWithoutReason && !this.#isOnItsOwn()) {
      this.#faults.push(`${used} was used twice, and nobody had crashed or lost its lease`);
    }
  }

  // --- the end ---

  /** Nothing goes wrong any more, and everybody has time. */
  async #bringToAnEnd(): Promise<void> {
    for (const each of this.#processes) each.isPaused = false;
    for (let steps = 0; steps < 3_000; steps += 1) {
      const [next] = this.#ordinarySteps();
      if (next !== undefined) next();
      else if (this.#timers.length > 0)
        this.#now = Math.min(...this.#timers.map(({ dueAt }) => dueAt));
      else if (this.#processes.every(({ isAsking, isDead }) => isDead || !isAsking)) return;
      else await nextTurn();
      await settle();
    }
    this.#faults.push('somebody waits for ever');
  }

  async #judge(): Promise<void> {
    if (this.#upsets > 0 || this.#counts.reuses > 0 || this.#counts.loads === 0) return;
    const record = await this.#store.read(key);
    const isKept = record?.value?.includes(`"state":"r${this.#token}"`) ?? false;
    if (!isKept && !this.#isOnItsOwn()) this.#faults.push('what was loaded last is in no record');
  }
}

/** Lets everything run that can: far more turns than the longest chain of promises between two calls. */
async function settle(): Promise<void> {
  for (let hop = 0; hop < hops; hop += 1) await undefined;
}
