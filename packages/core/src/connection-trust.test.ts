import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { TrustSource } from '@keyturn/core';
import { connectionTrust, isUnverified } from '@keyturn/core/binding';
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

  it('is told of once where it is useless', () => {
    const heard: unknown[] = [];
    const hear = (message: unknown): unknown => heard.push(message);
    subscribe('keyturn:trust', hear);
    onTestFinished(() => void unsubscribe('keyturn:trust', hear));
    const { trust } = trustOf(named(certificate), named('nonsense', 2));
    for (let request = 0; request < 3; request += 1) trust?.ask();
    expect(heard).toMatchObject([{ outcome: 'kept', generation: 1, code: 'ERR_TRUST_AUTHORITY' }]);
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

describe('a server that cannot be verified', () => {
  it.each([
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_SIGNATURE_FAILURE',
  ])('is known by %s, also as the cause of something else', (code) => {
    const error = Object.assign(new Error('no'), { code });
    expect(isUnverified(error)).toBe(true);
    expect(isUnverified(new TypeError('fetch failed', { cause: error }))).toBe(true);
  });

  it.each(['ERR_TLS_CERT_ALTNAME_INVALID', 'ECONNRESET', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'])(
    'is not what %s says',
    (code) => {
      expect(isUnverified(Object.assign(new Error('no'), { code }))).toBe(false);
    },
  );
});
