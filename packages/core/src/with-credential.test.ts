import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCredentialManager } from './container/create-credential-manager.js';
import type { Credential } from './contract.js';
import { exchangeWithCredential, reportRefusal, withCredential } from './with-credential.js';

interface Answer {
  readonly status: number;
}

function setUp(accepts: (token: string | undefined) => boolean) {
  let loads = 0;
  const source = {
    name: 'test',
    load: async () => {
      loads += 1;
      return { token: `token-${loads}` };
    },
  };
  const manager = createCredentialManager({ source });
  onTestFinished(() => manager.close());
  const sent: (string | undefined)[] = [];
  const send = async ({ token }: Credential): Promise<Answer> => {
    sent.push(token);
    return { status: accepts(token) ? 200 : 401 };
  };
  return { manager, sent, send, loads: () => loads };
}

const isRejected = ({ status }: Answer): boolean => status === 401;

it('sends the current credential once when it is accepted', async () => {
  const { manager, send, sent } = setUp(() => true);
  expect(await withCredential(manager, send, isRejected)).toEqual({ status: 200 });
  expect(sent).toEqual(['token-1']);
});

it('replays a refused request once, with the next credential, and discards the refused answer', async () => {
  const { manager, send, sent } = setUp((token) => token === 'token-2');
  const discard = vi.fn();
  expect(await withCredential(manager, send, isRejected, { discard })).toEqual({ status: 200 });
  expect(sent).toEqual(['token-1', 'token-2']);
  expect(discard.mock.calls).toEqual([[{ status: 401 }]]);
});

it('gives up after one replay', async () => {
  const { manager, send, sent } = setUp(() => false);
  expect(await withCredential(manager, send, isRejected)).toEqual({ status: 401 });
  expect(sent).toEqual(['token-1', 'token-2']);
});

it('passes the refusal on when the request cannot be sent again, and refreshes for the next one', async () => {
  const { manager, send, sent } = setUp((token) => token !== 'token-1');
  const options = { canReplay: () => false };
  expect(await withCredential(manager, send, isRejected, options)).toEqual({ status: 401 });
  expect(await withCredential(manager, send, isRejected, options)).toEqual({ status: 200 });
  expect(sent).toEqual(['token-1', 'token-2']);
});

it('lets a failure of the source through with its code, before anything is sent', async () => {
  const source = { name: 'broken', load: () => Promise.reject(new Error('no')) };
  const manager = createCredentialManager({ source });
  const send = vi.fn();
  await expect(withCredential(manager, send, isRejected)).rejects.toMatchObject({
    code: 'ERR_SOURCE_FAILED',
  });
  expect(send).not.toHaveBeenCalled();
});

it('honours the abort of the caller while it waits', async () => {
  const manager = createCredentialManager({
    source: { name: 'slow', load: () => new Promise(() => {}) },
  });
  onTestFinished(() => manager.close());
  const abort = new AbortController();
  const request = withCredential(manager, async () => ({ status: 200 }), isRejected, {
    signal: abort.signal,
  });
  abort.abort(new Error('enough'));
  await expect(request).rejects.toThrow('enough');
});

it('discards the refused answer when the caller aborts during the refresh', async () => {
  const { manager } = setUp(() => true);
  const abort = new AbortController();
  const discard = vi.fn();
  const request = withCredential(
    manager,
    async () => {
      abort.abort(new Error('enough'));
      return { status: 401 };
    },
    isRejected,
    { signal: abort.signal, discard },
  );
  await expect(request).rejects.toThrow('enough');
  expect(discard).toHaveBeenCalledTimes(1);
});

it('hands the refusal to the source', async () => {
  const load = vi.fn(async () => ({ token: `${load.mock.calls.length}` }));
  const manager = createCredentialManager({ source: { name: 'test', load } });
  const refusal = { status: 401, headers: { 'www-authenticate': ['Bearer'] } };
  await withCredential(manager, async () => ({ status: 401 }), isRejected, {
    describe: () => refusal,
  });
  expect(load.mock.calls.at(1)).toMatchObject([{ reason: 'rejected', response: refusal }]);
});

it.each([
  ['throws', () => Promise.reject(new Error('thrown')), { rejected: 'thrown' }],
  [
    'throws at once',
    () => {
      throw new Error('thrown');
    },
    { rejected: 'thrown' },
  ],
  ['gives no promise', () => ({ status: 200 }) as never, { status: 200 }],
])('ends as a client ends that %s, with a credential held and without', async (_, send, end) => {
  const { manager } = setUp(() => true);
  for (let round = 0; round < 2; round += 1) {
    const ending = await withCredential<Answer>(manager, send, isRejected).catch(
      ({ message }: Error) => ({ rejected: message }),
    );
    expect(ending).toEqual(end);
    await manager.current();
  }
});

it('sends nothing for a caller who has given up before, though a credential is held', async () => {
  const { manager, send, sent } = setUp(() => true);
  await manager.current();
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(withCredential(manager, send, isRejected, { signal })).rejects.toThrow('enough');
  expect(sent).toEqual([]);
});

describe('reportRefusal', () => {
  it('gives the credential to send the request once more with', async () => {
    const { manager } = setUp(() => true);
    const refused = await manager.current();
    expect(await reportRefusal(manager, refused)).toMatchObject({ token: 'token-2' });
  });

  it('gives none for a request that cannot be sent again, and refreshes for the next', async () => {
    const { manager } = setUp(() => true);
    const refused = await manager.current();
    expect(await reportRefusal(manager, refused, { canReplay: () => false })).toBeUndefined();
    expect(await manager.current()).toMatchObject({ token: 'token-2' });
  });
});

describe('a certificate that the server refuses', () => {
  it('counts as a refusal once', async () => {
    const { manager, loads } = setUp(() => true);
    const send = vi.fn().mockRejectedValueOnce(alert('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'));
    send.mockResolvedValueOnce({ status: 200 });
    expect(await withCredential(manager, send, isRejected)).toEqual({ status: 200 });
    expect(send).toHaveBeenCalledTimes(2);
    expect(loads()).toBe(2);
  });

  it('is not asked about twice', async () => {
    const { manager } = setUp(() => true);
    const send = vi.fn().mockRejectedValue(alert('ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED'));
    await expect(withCredential(manager, send, isRejected)).rejects.toMatchObject({
      code: 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
    });
    expect(send).toHaveBeenCalledTimes(2);
  });
});

function alert(code: string, message: string = code): Error {
  return Object.assign(new Error(message), { code });
}

describe('a binding with an object for each request', () => {
  /** An object as that of a client which rejects after a 401, and says what it was asked. */
  function exchangeThrough(send: (credential: Credential) => Promise<Answer>) {
    return {
      discarded: [] as Answer[],
      async send(credential: Credential): Promise<Answer> {
        const answer = await send(credential);
        if (answer.status === 401) throw Object.assign(new Error('401'), { answer });
        return answer;
      },
      isRejected,
      recover(error: unknown): Answer {
        const { answer } = error as { readonly answer?: Answer };
        if (answer === undefined) throw error;
        return answer;
      },
      settle({ status }: Answer): string {
        if (status === 401) throw new Error('refused');
        return `status ${status}`;
      },
      discard(answer: Answer): void {
        this.discarded.push(answer);
      },
    };
  }

  it('gets what it makes of the answer', async () => {
    const { manager, send } = setUp(() => true);
    expect(await exchangeWithCredential(manager, exchangeThrough(send))).toBe('status 200');
  });

  it('sends once more after a failure that brings a refusal along', async () => {
    const { manager, send, sent } = setUp((token) => token === 'token-2');
    const exchange = exchangeThrough(send);
    expect(await exchangeWithCredential(manager, exchange)).toBe('status 200');
    expect(sent).toEqual(['token-1', 'token-2']);
    expect(exchange.discarded).toEqual([{ status: 401 }]);
  });

  it('gets what it makes of the last refusal', async () => {
    const { manager, send, sent } = setUp(() => false);
    await expect(exchangeWithCredential(manager, exchangeThrough(send))).rejects.toThrow('refused');
    expect(sent).toEqual(['token-1', 'token-2']);
  });

  it('gets a refusal that cannot be replayed', async () => {
    const { manager, send, sent } = setUp(() => false);
    const exchange = { ...exchangeThrough(send), canReplay: () => false };
    await expect(exchangeWithCredential(manager, exchange)).rejects.toThrow('refused');
    expect(sent).toEqual(['token-1']);
  });

  it('gets a failure that brings no answer along as it makes it', async () => {
    const { manager } = setUp(() => true);
    const failure = new Error('no connection');
    const exchange = exchangeThrough(() => Promise.reject(failure));
    await expect(exchangeWithCredential(manager, exchange)).rejects.toBe(failure);
  });

  it('is asked about the failure of a replay as well', async () => {
    const { manager } = setUp(() => true);
    const failures = [
      Object.assign(new Error('401'), { answer: { status: 401 } }),
      new Error('gone'),
    ];
    const exchange = exchangeThrough(() => Promise.reject(failures.shift()));
    const recover = vi.spyOn(exchange, 'recover');
    await expect(exchangeWithCredential(manager, exchange)).rejects.toThrow('gone');
    expect(recover).toHaveBeenCalledTimes(2);
  });
});
