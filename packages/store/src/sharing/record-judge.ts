import {
  type Clock,
  CredentialError,
  type CredentialMaterial,
  type LoadContext,
} from '@keyturn/core';
import { quoted } from '@keyturn/core/binding';
import {
  isBefore,
  type KnownRecord,
  type Lineage,
  lineageOf,
  materialKnownAs,
} from './known-record.js';
import {
  isGood,
  isUsable,
  materialHere,
  type SharedFailure,
  type SharedMaterial,
  type SharedRecord,
} from './stored-material.js';

export interface RecordJudgeParts {
  /** What the manager that asks knows of the record. */
  readonly known: KnownRecord | undefined;
  readonly reason: LoadContext['reason'];
  readonly clock: Clock;
  readonly sourceName: string;
  /** What messages call the record. */
  readonly subject: string;
  /** Of the store. */
  readonly mayForget: boolean;
  /** Whether what is lost with a record has to be told, because it can be used once. */
  readonly isStrict: boolean;
}

/** What a load follows. */
export type Parent = Lineage & { readonly state?: string | undefined };

/** Judges the records that one load reads: whether one ends it, and which it follows where none does. */
export class RecordJudge {
  readonly #parts: RecordJudgeParts;
  /** What there was when the load began. */
  #first: SharedRecord | undefined;

  constructor(parts: RecordJudgeParts) {
    this.#parts = parts;
  }

  /** Does as `take` with the record that was there when the load began. */
  takeFirst(record: SharedRecord | undefined): CredentialMaterial | undefined {
    this.#first = record;
    return this.take(record);
  }

  /** Returns the material of `record` where that ends the load. @throws {CredentialError} where a load has failed that it waited for. */
  take(record: SharedRecord | undefined): CredentialMaterial | undefined {
    if (record === undefined) return undefined;
    const { loaded, failure } = record;
    if (loaded !== undefined && this.#isWanted(record, loaded)) return this.#serve(record, loaded);
    if (failure === undefined) return undefined;
    const retryAfterMs = this.#leftOf(record, failure);
    const isNews = failure.id !== this.#first?.failure?.id;
    if (!isNews && retryAfterMs === undefined) return undefined;
    throw new CredentialError(failure.code, failure.message, { retryAfterMs });
  }

  /**
   * Lets nothing that was begun before a logout go on after it: neither a load, nor who waits for one and would be the next to ask.
   * @param base what the store had when that began
   * @throws {CredentialError} ERR_STORE_DELETED
   */
  checkLogin(record: SharedRecord | undefined, base: SharedRecord | undefined): void {
    const { mayForget, subject, sourceName } = this.#parts;
    const isGone = record === undefined && base !== undefined && !mayForget;
    if (isGone || (record?.isDeleted && record.version !== base?.version)) {
      throw new CredentialError(
        'ERR_STORE_DELETED',
        `The ${subject} was deleted while credential source ${quoted(sourceName)} was asked or waited for, which is a logout.`,
      );
    }
  }

  /**
   * Returns what came after something that was loaded here and could not be written.
   * @param base what the store had when that was loaded
   */
  takeInstead(
    record: SharedRecord | undefined,
    base: SharedRecord | undefined,
  ): CredentialMaterial | undefined {
    const loaded = record?.loaded;
    if (loaded === undefined || loaded.id === base?.loaded?.id) return undefined;
    const isTaken = isUsable(loaded) && !isBefore(loaded, base?.loaded);
    return isTaken ? this.#serve(record as SharedRecord, loaded) : undefined;
  }

  /** Tells whether nobody has loaded or logged out since the store had `base`. */
  isBehind(record: SharedRecord | undefined, base: SharedRecord | undefined): boolean {
    try {
      this.checkLogin(record, base);
      return this.takeInstead(record, base) === undefined;
    } catch {
      return false;
    }
  }

  /**
   * Returns what a load follows that begins now: the record, unless what the manager holds came after it.
   * @throws {CredentialError} ERR_STORE_FORGOTTEN
   */
  parentIn(record: SharedRecord | undefined): Parent | undefined {
    const { known } = this.#parts;
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
    const { mayForget, isStrict, subject } = this.#parts;
    if (known.isUnsaved && (mayForget || known.number === 1)) return known;
    // Nothing is lost of files: somebody has removed them.
    if (!mayForget) return undefined;
    if (known.state === undefined || !isStrict) return known;
    throw new CredentialError(
      'ERR_STORE_FORGOTTEN',
      `The ${subject} is gone, and with it what can be used once. Log in again, or call "store.delete(key)" to begin anew.`,
    );
  }

  /** For how long a source that wants to be left alone still is; whoever calls `refresh()` asks it all the same. */
  #leftOf({ ageMs }: SharedRecord, failure: SharedFailure): number | undefined {
    const { writtenAt = 0, retryAfterMs = 0 } = failure;
    if (retryAfterMs === 0 || this.#parts.reason === 'requested') return undefined;
    const leftMs = retryAfterMs - (ageMs ?? this.#parts.clock.now() - writtenAt);
    return leftMs > 0 ? Math.min(leftMs, retryAfterMs) : undefined;
  }

  #isWanted(record: SharedRecord, loaded: SharedMaterial): boolean {
    if (this.#isReplaced(loaded)) return false;
    // What was written while this load waited is as new as it gets, also where a clock says that it has expired.
    const isNew = loaded.id !== this.#first?.loaded?.id;
    return isUsable(loaded) && (isNew || isGood(record, loaded, this.#parts.clock.now()));
  }

  /** What has been refused, has expired or is due is not taken again, nor what came before it; a first load takes what is good. */
  #isReplaced(loaded: SharedMaterial): boolean {
    const { known, reason } = this.#parts;
    if (known !== undefined) return loaded.id === known.id || isBefore(loaded, known);
    return reason !== 'initial' && loaded.id === this.#first?.loaded?.id;
  }

  #serve(record: SharedRecord, loaded: SharedMaterial): CredentialMaterial {
    const material = materialHere(record, loaded, this.#parts.clock.now());
    return materialKnownAs(material, loaded);
  }
}
