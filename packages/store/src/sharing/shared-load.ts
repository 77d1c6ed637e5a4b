import { randomUUID } from 'node:crypto';
import {
  type Clock,
  CredentialError,
  type CredentialMaterial,
  type CredentialSource,
  type CredentialStore,
  isCredentialError,
  type LoadContext,
} from '@keyturn/core';
import { asCredentialError } from '@keyturn/core/lifecycle';
import { HeldLease, type Moment, momentOf } from './held-lease.js';
import {
  decodeKnown,
  type KnownRecord,
  type Lineage,
  lineageOf,
  materialKnownAs,
} from './known-record.js';
import { checkedMaterial, plainMaterial, Unfit } from './loaded-material.js';
import { Pause } from './pause.js';
import { RecordJudge } from './record-judge.js';
import { StoreAccess } from './store-access.js';
import type { SharedOutcome } from './store-diagnostics.js';
import { StoreFailure } from './store-failure.js';
import { ageOf, encodeContent, type SharedRecord } from './stored-material.js';

export interface SharedLoadParts {
  readonly inner: CredentialSource;
  readonly store: CredentialStore;
  readonly key: string;
  readonly leaseMs: number;
  readonly onStoreFailure: 'load' | 'fail';
  readonly clock: Clock;
  /** Those who wait in this process, for another load of the same source perhaps. */
  readonly pauses: Set<Pause>;
}

/** What was loaded here, until it is written or given up. */
interface Loaded extends Lineage {
  readonly material: CredentialMaterial;
  readonly at: Moment;
}

/**
 * One load, of which a store may know already: it is read, and served while it is good. Else one process takes the lease, reads
 * again, asks the source and writes; all others take what was written.
 */
export class SharedLoad {
  outcome: Exclude<SharedOutcome, 'failed'> = 'hit';
  isTakeover = false;
  looks = 0;
  readonly #parts: SharedLoadParts;
  readonly #context: LoadContext;
  readonly #access: StoreAccess;
  readonly #known: KnownRecord | undefined;
  readonly #judge: RecordJudge;
  /** What the store had when this load began, or when it asked the source last. */
  #before: SharedRecord | undefined;
  #loaded: Loaded | undefined;

  constructor(parts: SharedLoadParts, context: LoadContext) {
    const { inner, store, key, leaseMs, clock, onStoreFailure } = parts;
    const { reason, state } = context;
    this.#parts = parts;
    this.#context = context;
    this.#known = decodeKnown(state);
    const isStrict = onStoreFailure === 'fail';
    this.#access = new StoreAccess({ store, key, leaseMs, clock, isStrict });
    this.#judge = new RecordJudge({
      ...{ known: this.#known, reason, clock, isStrict, sourceName: inner.name },
      ...{ subject: this.#access.subject, mayForget: store.mayForget === true },
    });
  }

  async run(): Promise<CredentialMaterial> {
    try {
      return await this.#share();
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      return await this.#despite(error);
    }
  }

  async #share(): Promise<CredentialMaterial> {
    const { signal } = this.#context;
    signal.throwIfAborted();
    this.#before = await this.#access.read();
    const found = this.#judge.takeFirst(this.#before);
    return found ?? (await this.#waitOrLead());
  }

  async #waitOrLead(): Promise<CredentialMaterial> {
    const { signal, keepAlive } = this.#context;
    const pause = new Pause(this.#parts.clock, this.#parts.leaseMs);
    const letGo = keepAlive?.(pause);
    this.#parts.pauses.add(pause);
    try {
      for (let leads = 0; ; ) {
        signal.throwIfAborted();
        const lease = await this.#askForLease();
        const led = lease && (await this.#lead(lease));
        if (led !== undefined) return led;
        if (lease !== undefined) leads += 1;
        // Behind a lead that came to nothing there is something to see at once; behind several, a store that takes nothing.
        const found = lease && leads === 1 ? undefined : await this.#look(pause);
        if (found !== undefined) return found;
      }
    } finally {
      letGo?.();
      this.#parts.pauses.delete(pause);
    }
  }

  // --- waiting ---

  async #askForLease(): Promise<HeldLease | undefined> {
    const { clock, leaseMs } = this.#parts;
    const askedAt = momentOf(clock);
    const lease = await this.#access.lease();
    return lease && new HeldLease({ access: this.#access, clock, leaseMs, lease, askedAt });
  }

  async #look(pause: Pause): Promise<CredentialMaterial | undefined> {
    this.looks += 1;
    await pause.next(this.#context.signal);
    return this.#take(await this.#access.read());
  }

  /** Returns what another process has loaded since this load began. */
  #take(record: SharedRecord | undefined): CredentialMaterial | undefined {
    const before = this.#before;
    this.#judge.checkLogin(record, before);
    const found = this.#loaded ? this.#judge.takeInstead(record, before) : this.#judge.take(record);
    if (found !== undefined) this.outcome = 'waited';
    return found;
  }

  // --- loading ---

  /** Resolves with undefined where there is a reason to look again. */
  async #lead(held: HeldLease): Promise<CredentialMaterial | undefined> {
    try {
      const record = await this.#access.read();
      const found = this.#take(record);
      if (found !== undefined) return found;
      if (this.#loaded === undefined) {
        this.isTakeover = held.isTakeover;
        this.#loaded = await this.#load(held, record);
      }
      return this.#loaded && (await this.#save(held, this.#loaded));
    } finally {
      await held.release();
      for (const pause of this.#parts.pauses) pause.wake();
    }
  }

  /** Asks the source; undefined where the lease was lost, and with it the reason to ask. */
  async #load(held: HeldLease, base: SharedRecord | undefined): Promise<Loaded | undefined> {
    const { inner } = this.#parts;
    const parent = this.#judge.parentIn(base);
    const { state } = parent ?? {};
    const lineage = { line: parent?.line ?? randomUUID(), number: (parent?.number ?? 0) + 1 };
    if (!(await held.confirm())) return undefined;
    this.outcome = 'loaded';
    this.#before = base;
    const signal = held.loadSignal(this.#context.signal);
    try {
      const material = await inner.load({ ...this.#context, state, signal, isKept: true });
      const at = momentOf(this.#parts.clock);
      return { ...lineage, material: checkedMaterial(material, inner.name), at };
    } catch (error) {
      if (this.#context.signal.aborted) throw error;
      const isLast = !held.isLost && (await this.#tell(held, base, lineage, error));
      if (!isLast) return undefined;
      throw error instanceof Unfit ? error.error : notFinal(error);
    }
  }

  async #save(held: HeldLease, loaded: Loaded): Promise<CredentialMaterial | undefined> {
    const known = { ...lineageOf(loaded), id: held.fence };
    try {
      const isWritten = await held.write(this.#encode(held.fence, loaded));
      return isWritten ? materialKnownAs(loaded.material, known) : undefined;
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      held.saveLater(() => this.#saveLate(held, loaded));
      this.outcome = 'unsaved';
      return materialKnownAs(loaded.material, { ...known, isUnsaved: true });
    }
  }

  /** Writes under the lease of the load; where the store has lost that, too, under another one, unless somebody came after. */
  async #saveLate(held: HeldLease, loaded: Loaded): Promise<void> {
    if (await held.write(this.#encode(held.fence, loaded))) return;
    const another = await this.#askForLease();
    if (another === undefined) throw new Error('Somebody has the lease.');
    try {
      const record = await this.#access.read();
      if (this.#judge.isBehind(record, this.#before))
        await another.write(this.#encode(held.fence, loaded));
    } finally {
      await another.release();
    }
  }

  #encode(id: string, loaded: Loaded): string {
    const { at } = loaded;
    const material = plainMaterial(loaded.material);
    const agedMs = Math.max(0, momentOf(this.#parts.clock).elapsed - at.elapsed);
    return encodeContent({
      loaded: { ...lineageOf(loaded), id, material, writtenAt: at.now, agedMs },
    });
  }

  /**
   * Lets those who wait fail with this load, instead of each asking the source once more. Resolves with false where somebody came after,
   * as a process may that was stopped and lost its connections by that: what has come of their load counts.
   */
  async #tell(
    held: HeldLease,
    base: SharedRecord | undefined,
    lineage: Lineage,
    thrown: unknown,
  ): Promise<boolean> {
    const fit = thrown instanceof Unfit ? thrown : undefined;
    const error = asCredentialError(fit?.error ?? thrown, this.#parts.inner.name);
    const { code, message, retryAfterMs } = error;
    const writtenAt = this.#parts.clock.now();
    const loaded =
      fit?.state === undefined
        ? base?.loaded && { ...base.loaded, agedMs: (base && ageOf(base)) ?? 0 }
        : { ...lineage, id: held.fence, material: { state: fit.state }, writtenAt, agedMs: 0 };
    const value = encodeContent({
      loaded,
      failure: { id: held.fence, code, message, writtenAt, retryAfterMs },
    });
    return await held.write(value).catch(() => true);
  }

  // --- without the store ---

  async #despite({ error }: StoreFailure): Promise<CredentialMaterial> {
    const { inner, onStoreFailure } = this.#parts;
    const unsaved = { id: randomUUID(), isUnsaved: true };
    if (this.#loaded !== undefined) {
      this.outcome = 'unsaved';
      return materialKnownAs(this.#loaded.material, { ...lineageOf(this.#loaded), ...unsaved });
    }
    if (onStoreFailure === 'fail') throw error;
    this.outcome = 'alone';
    const { line = randomUUID(), number = 0, state } = this.#known ?? {};
    const material = await inner.load({ ...this.#context, state });
    return materialKnownAs(material, { line, number: number + 1, ...unsaved });
  }
}

/** What is final for a source alone is not, where another process may log in again and write it. */
function notFinal(thrown: unknown): unknown {
  if (!isCredentialError(thrown) || thrown.isFinal !== true) return thrown;
  const { code, message, exitCode, signal, stderr, retryAfterMs } = thrown;
  const original = thrown.original();
  return new CredentialError(code, message, { exitCode, signal, stderr, retryAfterMs, original });
}
