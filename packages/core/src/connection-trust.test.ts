import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Trust, TrustSource } from '@keyturn/core';
import { connectionTrust, isUnverified, maxRenewals } from '@keyturn/core/binding';
import { createTestAuthority } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

const { certificate } = await createTestAuthority();
const named = (pem: unknown, generation: unknown = 1) => ({ generation, pem }) as never;

/** What a binding makes of a source whose answers come one after the other; the last one stays. */
function trustOf(...answers: unknown[]) {
  const source: { -readonly [Name in keyof TrustSource]: TrustSource[Name] } = {
    name: 'a trust of my own',
    peek: () => {
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Error) throw answer;
      return answer as never;
    },
    refresh: vi.fn(async () => {}),
  };
  return { source, trust: connectionTrust({ ca: source }) };
}

/** What is published while the test runs. */
function messages(): unknown[] {
  const heard: unknown[] = [];
  const hear = (message: unknown): unknown => heard.push(message);
  subscribe('keyturn:trust', hear);
  onTestFinished(() => void unsubscribe('keyturn:trust', hear));
  return heard;
}

const unverified = (): Error =>
  Object.assign(new Error('no'), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });

describe('the trust of a binding', () => {
  it.each([[undefined], ['text'], [Buffer.from('bytes')], [['a', Buffer.from('b')]]])(
    'is none where "ca" is %o',
    (ca) => {
      expect(connectionTrust({ ca })).toBeUndefined();
    },
  );

  it('is the same object for as long as the generation is', () => {
    const { trust } = trustOf(named(certificate), named(certificate), named(certificate, 2));
    const first = trust?.ask();
    expect(trust?.ask()).toBe(first);
    expect(trust?.ask()).not.toBe(first);
  });

  it.each([
    ['throws', new Error('secret')],
    ['gives text that is no PEM', named('nonsense', 2)],
    ['gives what is no text', named(7, 2)],
    ['gives no number', named(certificate, 'two')],
    ['gives nothing', undefined],
  ])('stays what it was where the source %s', (_, answer) => {
    const { trust } = trustOf(named(certificate), answer);
    const first = trust?.ask();
    expect(trust?.ask()).toBe(first);
    expect(trust?.ask()).toBe(first);
  });

  it.each([
    ['is useless', named('nonsense', 2), { code: 'ERR_TRUST_AUTHORITY' }],
    ['throws', new Error('secret'), {}],
  ])('tells of it once where the source %s, and not what that quotes', (_, answer, said) => {
    const heard = messages();
    const { source, trust } = trustOf(named(certificate), answer);
    for (let request = 0; request < 3; request += 1) trust?.ask();
    expect(heard).toMatchObject([{ trust: source.name, outcome: 'kept', generation: 1, ...said }]);
    expect(JSON.stringify(heard)).not.toContain('secret');
  });

  it('tells of its renewal once, however many bindings share the source', () => {
    const { source, trust } = trustOf(
      named(certificate),
      named(certificate),
      named(certificate, 2),
    );
    const bindings = [trust, connectionTrust({ ca: source })];
    for (const each of bindings) each?.ask();
    const heard = messages();
    for (const each of bindings) expect(each?.ask().generation).toBe(2);
    expect(heard).toEqual([{ trust: source.name, outcome: 'renewed', generation: 2 }]);
  });

  it('fails whoever asks first, and quotes nothing of somebody else', () => {
    const { trust } = trustOf(new Error('secret'));
    expect(() => trust?.ask()).toThrow(
      expect.objectContaining({
        code: 'ERR_TRUST_FAILED',
        message: 'Trust "a trust of my own" failed with something of its own.',
      }),
    );
    expect(() => trustOf(named('nonsense')).trust?.ask()).toThrow(
      'Trust "a trust of my own" holds no PEM certificate that can be read',
    );
  });

  it('waits for a source that does not end no longer than for a connection', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { source, trust } = trustOf(named(certificate));
    source.refresh = () => new Promise(() => {});
    const renewed = trust?.renew(trust.ask());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await renewed).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is worth another try where it has been renewed', async () => {
    const { source, trust } = trustOf(named(certificate), named(certificate, 2));
    const used = trust?.ask();
    expect(await trust?.renew(used)).toBe(true);
    expect(source.refresh).not.toHaveBeenCalled();
  });

  it('is looked at again where it has not, and is worth none where it stays the same', async () => {
    const { source, trust } = trustOf(named(certificate));
    expect(await trust?.renew(trust.ask())).toBe(false);
    expect(source.refresh).toHaveBeenCalledTimes(1);
  });
});

describe('a connection', () => {
  it('is made once more where its server cannot be verified, by what is trusted then', async () => {
    const { trust } = trustOf(named(certificate), named(certificate, 2));
    const connect = vi.fn(async (by: Trust) => by.generation);
    connect.mockRejectedValueOnce(unverified());
    expect(await trust?.connect(connect)).toBe(2);
    expect(connect).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['nobody else is trusted', unverified(), [named(certificate)]],
    ['it fails by something else', new Error('no'), [named(certificate), named(certificate, 2)]],
  ])('is not made again where %s', async (_, failure, answers) => {
    const { trust } = trustOf(...answers);
    const connect = vi.fn().mockRejectedValue(failure);
    await expect(trust?.connect(connect)).rejects.toBe(failure);
    expect(connect).toHaveBeenCalledTimes(1);
  });

  it('is given up where its authorities are renewed without end', async () => {
    const generations = Array.from({ length: 100 }, (_, index) => named(certificate, index));
    const { trust } = trustOf(...generations);
    const connect = vi.fn().mockRejectedValue(unverified());
    await expect(trust?.connect(connect)).rejects.toThrow('no');
    expect(connect).toHaveBeenCalledTimes(1 + maxRenewals);
  });

  it('fails with why it failed, and not with what a source throws that looks again', async () => {
    const { source, trust } = trustOf(named(certificate));
    source.refresh = async () => {
      throw new Error('another');
    };
    await expect(trust?.connect(() => Promise.reject(unverified()))).rejects.toThrow('no');
  });
});

describe('a server that cannot be verified', () => {
  it.each([
    // The authority of old, where the new one has the same key.
    'CERT_HAS_EXPIRED',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_SIGNATURE_FAILURE',
  ])('is known by %s, also as the cause of something else', (code) => {
    const error = Object.assign(new Error('no'), { code });
    expect(isUnverified(error)).toBe(true);
    expect(isUnverified(new TypeError('fetch failed', { cause: error }))).toBe(true);
    const outer = new Error('outer', { cause: new TypeError('fetch failed', { cause: error }) });
    expect(isUnverified(outer)).toBe(true);
  });

  it.each(['ERR_TLS_CERT_ALTNAME_INVALID', 'ECONNRESET', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'])(
    'is not what %s says',
    (code) => {
      expect(isUnverified(Object.assign(new Error('no'), { code }))).toBe(false);
    },
  );
});
