import { manualClock } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import type { KnownRecord } from './known-record.js';
import { RecordJudge, type RecordJudgeParts } from './record-judge.js';
import type { SharedRecord } from './stored-material.js';

const clock = manualClock();
const writtenAt = clock.now();

/** A record with the load of this number in one row. */
function recordOf(number: number, rest: Partial<SharedRecord> = {}): SharedRecord {
  const id = `load ${number}`;
  const material = { token: `t${number}`, state: `s${number}` };
  const loaded = { id, line: 'row', number, material, writtenAt, agedMs: 0 };
  return { version: id, isDeleted: false, isUnreadable: false, ageMs: 0, loaded, ...rest };
}

const nothingIn = (rest: Partial<SharedRecord>): SharedRecord =>
  recordOf(0, { loaded: undefined, ...rest });
const knownOf = (number: number, rest: Partial<KnownRecord> = {}): KnownRecord => ({
  ...{ line: 'row', number, id: `load ${number}`, state: `s${number}` },
  ...rest,
});
const judge = (parts: Partial<RecordJudgeParts> = {}): RecordJudge =>
  new RecordJudge({
    ...{ known: undefined, reason: 'rejected', clock, sourceName: 'login', subject: 'record "k"' },
    ...{ mayForget: false, isStrict: true },
    ...parts,
  });

describe('what was loaded and could not be written', () => {
  it('gives way to what came after it, and to nothing else', () => {
    const base = recordOf(2);
    const tokens = [recordOf(1), base, recordOf(3)].map(
      (record) => judge().takeInstead(record, base)?.token,
    );
    expect(tokens).toEqual([undefined, undefined, 't3']);
  });

  it('is given up after a logout, and not for one that came before it', () => {
    const [before, after] = ['a', 'b'].map((version) => nothingIn({ version, isDeleted: true }));
    judge().checkLogin(before, before);
    for (const base of [before, recordOf(1), undefined])
      expect(() => judge().checkLogin(after, base)).toThrow('which is a logout');
  });

  it('is given up where its record was removed, unless the store may have lost it', () => {
    expect(() => judge().checkLogin(undefined, recordOf(1))).toThrow('which is a logout');
    judge({ mayForget: true }).checkLogin(undefined, recordOf(1));
    judge().checkLogin(undefined, undefined);
  });
});

describe('what a load follows', () => {
  it('is the newer of the record and what the manager holds', () => {
    const following = [1, 3].map((number) =>
      judge({ known: knownOf(2) }).parentIn(recordOf(number)),
    );
    expect(following.map((parent) => parent?.state)).toEqual(['s2', 's3']);
    const ofAnotherRow = judge({ known: knownOf(9, { line: 'of the login before' }) });
    expect(ofAnotherRow.parentIn(recordOf(1))?.state).toBe('s1');
  });

  it('is what the manager holds where the record cannot be read, and nothing behind a logout', () => {
    const knowing = judge({ known: knownOf(2) });
    expect(knowing.parentIn(nothingIn({ isUnreadable: true }))?.state).toBe('s2');
    expect(knowing.parentIn(nothingIn({ isDeleted: true }))).toBeUndefined();
  });

  it.each([
    [
      'what was never written, where the store may forget',
      { mayForget: true },
      { isUnsaved: true },
      's2',
    ],
    ['what was never written, as the first of its row', {}, { isUnsaved: true, number: 1 }, 's2'],
    ['nothing where somebody has removed the files', {}, {}, undefined],
    ['nothing where files of a row were removed', {}, { isUnsaved: true }, undefined],
    [
      'what is known, where that is no secret',
      { mayForget: true },
      { state: undefined },
      undefined,
    ],
    ['what is known, where it may be used twice', { mayForget: true, isStrict: false }, {}, 's2'],
  ] as const)('without a record is %s', (_, parts, rest, state) => {
    expect(judge({ known: knownOf(2, rest), ...parts }).parentIn(undefined)?.state).toBe(state);
  });

  it('is lost with what can be used once, and that is said', () => {
    const parentIn = () => judge({ known: knownOf(2), mayForget: true }).parentIn(undefined);
    expect(parentIn).toThrow(/^The record "k" is gone/);
  });
});

describe('a failure in a record', () => {
  const failed = (rest: object = {}): SharedRecord =>
    nothingIn({
      failure: { id: 'f', code: 'ERR_EXEC_EXIT', message: 'Closed.', writtenAt, ...rest },
    });

  it('ends a load that has waited for it, and none that begins', () => {
    const waiting = judge();
    waiting.takeFirst(undefined);
    expect(() => waiting.take(failed())).toThrow('Closed.');
    expect(judge().takeFirst(failed())).toBeUndefined();
  });

  it('that names a time ends each load until then, however the clocks stand, and no refresh()', () => {
    const retryAfterMs = 60_000;
    const leftOf = (ageMs: number | undefined, at = writtenAt): unknown => {
      try {
        return judge().takeFirst({ ...failed({ retryAfterMs, writtenAt: at }), ageMs });
      } catch (error) {
        return (error as { readonly retryAfterMs?: number }).retryAfterMs;
      }
    };
    expect([0, 20_000, 60_000].map((ageMs) => leftOf(ageMs))).toEqual([60_000, 40_000, undefined]);
    expect(leftOf(undefined, writtenAt + 300_000)).toBe(60_000);
    expect(leftOf(undefined, writtenAt - 60_000)).toBeUndefined();
    const requested = judge({ reason: 'requested' });
    expect(requested.takeFirst({ ...failed({ retryAfterMs }), ageMs: 0 })).toBeUndefined();
  });
});
