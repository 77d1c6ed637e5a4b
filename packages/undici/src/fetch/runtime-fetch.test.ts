import { originScope } from '@keyturn/core/binding';
import { createTestAuthority } from '@keyturn/testkit';
import * as undici from 'undici';
import { describe, expect, it, vi } from 'vitest';
import type { BindFetchOptions } from './bind-fetch.js';
import { FetchHops } from './fetch-hops.js';
import type { FetchInit, FetchInput, FetchResponse } from './fetch-shape.js';
import { bun, deno, isRuntimeFetch, type Runtime, RuntimeFetch } from './runtime-fetch.js';

const home = 'https://home.example';
const certificateOf = (name: string) => ({
  certificate: `${name}-cert`,
  privateKey: `${name}-key`,
});
const hopsWith = (name?: string): FetchHops => {
  const clientCertificate = name === undefined ? undefined : certificateOf(name);
  return new FetchHops({} as never, { generation: 1, clientCertificate } as never);
};

/** Asks each URL over one binding; returns the options that the fetch of the runtime was called with. */
function ask(runtime: Runtime, options: BindFetchOptions = {}, failures: Error[] = []) {
  const calls: (FetchInit & Record<string, unknown>)[] = [];
  const fetch = async (_input: FetchInput, init?: FetchInit): Promise<FetchResponse> => {
    calls.push({ ...init });
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    return { status: 200 } as FetchResponse;
  };
  const scope = originScope({ origins: [home] });
  const made = RuntimeFetch.for(fetch, scope, options, runtime) as RuntimeFetch;
  const send = made.over(fetch);
  return {
    send,
    fetch,
    calls,
    optionsOf: async (url: string, hops?: FetchHops) => {
      await send(url, { method: 'GET', ...(hops && { dispatcher: hops }) });
      return calls.at(-1);
    },
  };
}

describe('a fetch that takes no dispatcher', () => {
  it('of Bun is told certificate, authority and server name', async () => {
    const { optionsOf } = ask(bun, { tls: { ca: 'pem', servername: 'api' } });
    expect(await optionsOf(home, hopsWith('one'))).toEqual({
      method: 'GET',
      tls: { ca: 'pem', serverName: 'api', cert: 'one-cert', key: 'one-key' },
    });
  });

  it('of Deno is given one pool for each certificate, and one for nobody', async () => {
    const made: object[] = [];
    const createHttpClient = (options: object): object => {
      made.push(options);
      return { number: made.length };
    };
    vi.stubGlobal('Deno', { createHttpClient });
    const { optionsOf } = ask(deno, { tls: { ca: ['pem', Buffer.from('more')] } });
    const clients = [];
    for (const name of ['one', 'one', undefined, 'two', undefined]) {
      clients.push((await optionsOf(home, hopsWith(name)))?.['client']);
    }
    expect(clients).toEqual([1, 1, 2, 3, 2].map((number) => ({ number })));
    expect(made).toEqual([
      { caCerts: ['pem', 'more'], cert: 'one-cert', key: 'one-key' },
      { caCerts: ['pem', 'more'] },
      { caCerts: ['pem', 'more'], cert: 'two-cert', key: 'two-key' },
    ]);
  });

  it('presents nothing elsewhere, nor after it has been there', async () => {
    const { optionsOf } = ask(bun);
    const hops = hopsWith('one');
    expect(await optionsOf(home, hops)).toHaveProperty('tls.cert', 'one-cert');
    expect(await optionsOf('https://elsewhere.example', hops)).toEqual({ method: 'GET' });
    expect(hops.hasLeftScope).toBe(true);
    expect(await optionsOf(home, hops)).toEqual({ method: 'GET' });
  });

  it('asks a trust source with each call', async () => {
    let generation = 1;
    const { certificate } = await createTestAuthority();
    const ca = { name: 'own', peek: () => ({ generation, pem: `${certificate}${generation}` }) };
    const { optionsOf } = ask(bun, { tls: { ca } });
    expect(await optionsOf(home, hopsWith())).toHaveProperty('tls.ca', `${certificate}1`);
    generation = 2;
    expect(await optionsOf(home, hopsWith())).toHaveProperty('tls.ca', `${certificate}2`);
  });

  const unverified = {
    Bun: () => Object.assign(new Error('no'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
    Deno: () => new TypeError('fetch failed', { cause: new Error('invalid peer certificate: x') }),
  };

  it.each([
    [bun, unverified.Bun],
    [deno, unverified.Deno],
  ])(
    'of $name asks once more where authorities have changed, and not where they have not',
    async (runtime, fail) => {
      vi.stubGlobal('Deno', { createHttpClient: (options: object) => options });
      const { certificate } = await createTestAuthority();
      let generation = 1;
      const peek = () => ({ generation, pem: certificate });
      const refresh = async () => {
        generation = 2;
      };
      const failures = [fail(), fail()];
      const { send, calls } = ask(
        runtime,
        { tls: { ca: { name: 'own', peek, refresh } } },
        failures,
      );
      await expect(send(home, { dispatcher: hopsWith() })).rejects.toThrow();
      expect(calls).toHaveLength(2);
      expect(generation).toBe(2);
    },
  );

  it('reads a stream once', async () => {
    const { certificate } = await createTestAuthority();
    let generation = 1;
    const ca = { name: 'own', peek: () => ({ generation: generation++, pem: certificate }) };
    const { send, calls } = ask(bun, { tls: { ca } }, [unverified.Bun()]);
    const body = new Blob(['text']).stream();
    await expect(send(home, { dispatcher: hopsWith(), body })).rejects.toThrow('no');
    expect(calls).toHaveLength(1);
  });

  it('leaves a dispatcher of the caller where it is', async () => {
    const { send, fetch, calls } = ask(bun, { tls: { ca: 'pem' } });
    const dispatcher = {};
    await send(home, { dispatcher });
    expect(calls.at(-1)?.dispatcher).toBe(dispatcher);
    expect(calls.at(-1)).not.toHaveProperty('tls');
    expect(isRuntimeFetch(send)).toBe(true);
    expect(isRuntimeFetch(fetch)).toBe(false);
  });

  it.each([
    [bun, { tls: { minVersion: 'TLSv1.3' } }, /"tls\.minVersion" cannot be obeyed on Bun/],
    [deno, { tls: { servername: 'api' } }, /"tls\.servername" cannot be obeyed on Deno/],
    [deno, { tls: { rejectUnauthorized: false } }, /"tls\.rejectUnauthorized"/],
    [deno, { agent: {} }, /"agent" says nothing to the fetch of Deno/],
    [bun, { proxy: 'http://proxy.example' }, /"proxy" says nothing to the fetch of Bun.*bindHttps/],
    [deno, { proxy: 'http://proxy.example' }, /"proxy" says nothing to the fetch of Deno/],
    [bun, { interceptors: [] }, /"interceptors" says nothing to the fetch of Bun/],
  ] as const)('on $name is refused %j', (runtime, options, message) => {
    const bind = () => ask(runtime, options as unknown as BindFetchOptions);
    expect(bind).toThrow(TypeError);
    expect(bind).toThrow(message);
  });

  it('is taken with what it does anyhow', () => {
    expect(() => ask(deno, { tls: { rejectUnauthorized: true } })).not.toThrow();
  });
});

it('leaves the fetch of undici, and that of Node, as they are', () => {
  const scope = originScope({ origins: [home] });
  expect(RuntimeFetch.for(undici.fetch, scope, {}, bun)).toBeUndefined();
  expect(RuntimeFetch.for(fetch, scope, {})).toBeUndefined();
});
