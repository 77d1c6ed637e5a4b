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
import { quoted } from '@keyturn/core/binding';
import { asCredentialError, materialWith, mint, stateOf } from '@keyturn/core/lifecycle';
import { HeldLease, momentOf } from './held-lease.js';
import {
  decodeKnown,
  encodeKnown,
  isBefore,
  type KnownRecord,
  type Lineage,
  lineageOf,
} from './known-record.js';
import { Pause } from './pause.js';
import { StoreAccess } from './store-access.js';
import type { SharedOutcome } from './store-diagnostics.js';
import { StoreFailure } from './store-failure.js';
import {
  ageOf,
  encodeContent,
  isGood,
  isUsable,
  materialHere,
  type SharedFailure,
  type SharedMaterial,
  type SharedRecord,
} from './stored-material.js';

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
  /** What the store had when it was loaded. */
  readonly base: SharedRecord | undefined;
}

/** What a load follows. */
type Parent = Lineage & { readonly state?: string | undefined };

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
  /** What there was when this load began. */
  #first: SharedRecord | undefined;
  #loaded: Loaded | undefined;

  constructor(parts: SharedLoadParts, context: LoadContext) {
    const { store, key, leaseMs, clock, onStoreFailure } = parts;
    this.#parts = parts;
    this.#context = context;
    this.#known = decodeKnown(context.state);
    const isStrict = onStoreFailure === 'fail';
    this.#access = new StoreAccess({ store, key, leaseMs, clock, isStrict });
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
    this.#first = await this.#access.read();
    const found = this.#take(this.#first);
    if (found !== undefined) return found;
    return await this.#waitOrLead();
  }

  async #waitOrLead(): Promise<CredentialMaterial> {
    const { signal, keepAlive } = this.#context;
    const pause = new Pause(this.#parts.clock, this.#parts.leaseMs);
    const letGo = keepAlive?.(pause);
    this.#parts.pauses.add(pause);
    try {
      for (;;) {
        signal.throwIfAborted();
        const lease = await this.#askForLease();
        const result = await (lease === undefined ? this.#look(pause) : this.#lead(lease));
        if (result !== undefined) return result;
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
    this.outcome = 'waited';
    await pause.next(this.#context.signal);
    return this.#take(await this.#access.read());
  }

  /** Returns the material of `record` where that ends this load. @throws {CredentialError} where a load has failed that it waited for. */
  #take(record: SharedRecord | undefined): CredentialMaterial | undefined {
    if (this.#loaded !== undefined) return this.#takeInstead(record, this.#loaded);
    const { loaded, failure } = record ?? {};
    if (loaded !== undefined && this.#isWanted(record as SharedRecord, loaded)) {
      return this.#serve(record as SharedRecord, loaded);
    }
    if (failure === undefined) return undefined;
    const retryAfterMs = this.#leftOf(record as SharedRecord, failure);
    const isNews = this.#first !== record && failure.id !== this.#first?.failure?.id;
    if (!isNews && retryAfterMs === undefined) return undefined;
    throw new CredentialError(failure.code, failure.message, { retryAfterMs });
  }

  /** For how long a source that wants to be left alone still is; whoever calls `refresh()` asks it all the same. */
  #leftOf({ ageMs }: SharedRecord, failure: SharedFailure): number | undefined {
    const { writtenAt = 0, retryAfterMs = 0 } = failure;
    if (retryAfterMs === 0 || this.#context.reason === 'requested') return undefined;
    const leftMs = retryAfterMs - (ageMs ?? this.#parts.clock.now() - writtenAt);
    return leftMs > 0 ? Math.min(leftMs, retryAfterMs) : undefined;
  }

  #isWanted(record: SharedRecord, loaded: SharedMaterial): boolean {
    if (this.#isReplaced(loaded)) return false;
    // What was written while this load waited is as new as it gets, also where a clock says that it has expired.
    const isNew = this.#first !== record && loaded.id !== this.#first?.loaded?.id;
    return isUsable(loaded) && (isNew || isGood(record, loaded, this.#parts.clock.now()));
  }

  /** What has been refused, has expired or is due is not taken again, nor what came before it; a first load takes what is good. */
  #isReplaced(loaded: SharedMaterial): boolean {
    const known = this.#known;
    if (known !== undefined) return loaded.id === known.id || isBefore(loaded, known);
    return this.#context.reason !== 'initial' && loaded.id === this.#first?.loaded?.id;
  }

  /** What was loaded here could not be written: whatever came after it is taken instead. */
  #takeInstead(record: SharedRecord | undefined, { base }: Loaded): CredentialMaterial | undefined {
    const isGone = record === undefined && base !== undefined && !this.#parts.store.mayForget;
    if (isGone || (record?.isDeleted && record.version !== base?.version)) throw this.#deleted();
    const loaded = record?.loaded;
    const isNews = loaded?.id !== base?.loaded?.id && loaded && !isBefore(loaded, base?.loaded);
    if (!isNews) return undefined;
    return isUsable(loaded) ? this.#serve(record as SharedRecord, loaded) : undefined;
  }

  #serve(record: SharedRecord, loaded: SharedMaterial): CredentialMaterial {
    if (this.#first !== record) this.outcome = 'waited';
    const material = materialHere(record, loaded, this.#parts.clock.now());
    const known = { ...lineageOf(loaded), id: loaded.id, state: material.state };
    return materialWith(material, { state: encodeKnown(known) });
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
    const parent = this.#parentIn(base);
    const { state } = parent ?? {};
    const lineage = { line: parent?.line ?? randomUUID(), number: (parent?.number ?? 0) + 1 };
    if (!(await held.confirm())) return undefined;
    this.outcome = 'loaded';
    const signal = held.loadSignal(this.#context.signal);
    try {
      const material = await inner.load({ ...this.#context, state, signal });
      return { ...lineage, material: checked(material, inner.name), base };
    } catch (error) {
      if (this.#context.signal.aborted) throw error;
      if (held.isLost) return undefined;
      await this.#tell(held, base, lineage, error);
      throw error instanceof Unfit ? error.error : notFinal(error);
    }
  }

  /** What the next load follows: the record, unless what this manager holds came after it. */
  #parentIn(record: SharedRecord | undefined): Parent | undefined {
    const known = this.#known;
    if (record?.loaded !== undefined) {
      const { loaded } = record;
      return known !== undefined && isBefore(loaded, known)
        ? known
        : { ...lineageOf(loaded), state: loaded.material.state };
    }
    if (record?.isUnreadable) return known;
    return record === undefined && known !== undefined ? this.#parentWithout(known) : undefined;
  }

  /** There is no record, and once there was one, or would have been. */
  #parentWithout(known: KnownRecord): Parent | undefined {
    const { mayForget = false } = this.#parts.store;
    if (known.isUnsaved && (mayForget || known.number === 1)) return known;
    // Nothing is lost of files: somebody has removed them.
    if (!mayForget) return undefined;
    if (known.state === undefined || this.#parts.onStoreFailure === 'load') return known;
    throw new CredentialError(
      'ERR_STORE_FORGOTTEN',
      `${capital(this.#access.subject)} is gone, and with it what can be used once. Log in again, or call "store.delete(key)" to begin anew.`,
    );
  }

  async #save(held: HeldLease, loaded: Loaded): Promise<CredentialMaterial | undefined> {
    const { material } = loaded;
    const known = { ...lineageOf(loaded), id: held.fence, state: stateOf(material) };
    const value = this.#encode(held.fence, loaded);
    try {
      const isWritten = await held.write(value);
      return isWritten ? materialWith(material, { state: encodeKnown(known) }) : undefined;
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error;
      held.saveLater(value);
      this.outcome = 'unsaved';
      return unsaved(material, known);
    }
  }

  #encode(id: string, loaded: Loaded): string {
    const writtenAt = this.#parts.clock.now();
    const material = plain(loaded.material);
    return encodeContent({
      loaded: { ...lineageOf(loaded), id, material, writtenAt, agedMs: 0 },
    });
  }

  /** Lets those who wait fail with this load, instead of each asking the source once more. */
  async #tell(
    held: HeldLease,
    base: SharedRecord | undefined,
    lineage: Lineage,
    thrown: unknown,
  ): Promise<void> {
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
    await held.write(value).catch(() => {});
  }

  // --- without the store ---

  async #despite({ error }: StoreFailure): Promise<CredentialMaterial> {
    const { inner, onStoreFailure } = this.#parts;
    if (this.#loaded !== undefined) {
      this.outcome = 'unsaved';
      return unsaved(this.#loaded.material, { ...lineageOf(this.#loaded), id: randomUUID() });
    }
    if (onStoreFailure === 'fail') throw error;
    this.outcome = 'alone';
    const known = this.#known;
    const material = await inner.load({ ...this.#context, state: known?.state });
    const { line = randomUUID(), number = 0 } = known ?? {};
    return unsaved(material, { line, number: number + 1, id: randomUUID() });
  }

  #deleted(): CredentialError {
    return new CredentialError(
      'ERR_STORE_DELETED',
      `${capital(this.#access.subject)} was deleted while credential source ${quoted(this.#parts.inner.name)} was asked, which is a logout.`,
    );
  }
}

/** Material that the store has not. */
function unsaved(material: CredentialMaterial, known: KnownRecord): CredentialMaterial {
  const state = encodeKnown({ ...known, isUnsaved: true, state: stateOf(material) });
  return materialWith(material, { state });
}

/** Material that no manager would take, and what of it is kept all the same. */
class Unfit {
  readonly error: unknown;
  readonly state: string | undefined;

  constructor(error: unknown, state: string | undefined) {
    this.error = error;
    this.state = state;
  }
}

function checked(material: CredentialMaterial, sourceName: string): CredentialMaterial {
  try {
    mint(material, sourceName, undefined);
    return material;
  } catch (error) {
    throw new Unfit(error, stateOf(material));
  }
}

/** What is final for a source alone is not, where another process may log in again and write it. */
function notFinal(thrown: unknown): unknown {
  if (!isCredentialError(thrown) || thrown.isFinal !== true) return thrown;
  const { code, message, exitCode, signal, stderr, retryAfterMs } = thrown;
  const original = thrown.original();
  return new CredentialError(code, message, { exitCode, signal, stderr, retryAfterMs, original });
}

/** What can be written as text: the parts of material may be of a class, and have getters. */
function plain(material: CredentialMaterial): CredentialMaterial {
  const {
    token,
    headers,
    clientCertificate: pair,
    anonymous,
    expiresAt,
    refreshAt,
    state,
  } = materialWith(material, {});
  return {
    token,
    headers: headers && { ...headers },
    clientCertificate: pair && { certificate: pair.certificate, privateKey: pair.privateKey },
    anonymous,
    expiresAt,
    refreshAt,
    state,
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
