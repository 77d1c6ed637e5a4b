import { Agent } from 'node:https';
import { inspect } from 'node:util';
import { controlledSource, type RecordedRequest } from '@keyturn/testkit';
import got, { type Got, HTTPError, RequestError } from 'got';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  certificateFor,
  type Stage,
  type StageOptions,
  setStage,
  startServer,
  startSilence,
  tokensOf,
} from '../../../test/scenes/stage.js';
import { gotAdapter } from '../test/adapter.js';
import { bindGot } from './index.js';

const onStage = (options?: StageOptions): Promise<Stage<Got>> => setStage(gotAdapter, options);

const onlySecond: StageOptions = {
  server: { authorize: ({ token }: RecordedRequest) => token === 'token-2' },
};

describe('hooks of the caller', () => {
  it('see one answer, after a replay too, wherever they were given', async () => {
    const seen: string[] = [];
    const note = (where: string) => ({
      hooks: {
        afterResponse: [
          (response: { statusCode: number }) => {
            seen.push(`${where} ${response.statusCode}`);
            return response as never;
          },
        ],
      },
    });
    const { server, manager } = await onStage(onlySecond);
    const client = got.extend({ prefixUrl: server.url }, note('before'));
    const bound = bindGot(client, manager, { tls: { ca: server.ca } });
    onTestFinished(bound.unbind);
    await bound.client.extend(note('after'))('replayed', note('request'));
    expect(seen).toEqual(['before 200', 'after 200', 'request 200']);
    expect(tokensOf(server)).toEqual(['token-1', 'token-2']);
  });

  it('may bring an Authorization of their own', async () => {
    const { server, source, binding } = await onStage();
    await binding.client('hooked', {
      hooks: {
        beforeRequest: [
          (options) => {
            options.headers['authorization'] = 'Bearer of-the-hook';
          },
        ],
      },
    });
    expect([tokensOf(server), source.runs]).toEqual([['of-the-hook'], 0]);
  });

  it("see got's own error where the source fails, and the caller sees the source's", async () => {
    const { source, binding } = await onStage();
    source.change = () => Promise.reject(new Error('no vault'));
    const seen: unknown[] = [];
    const failing = binding.client('failing', {
      hooks: {
        beforeError: [
          (error) => {
            seen.push(error instanceof RequestError, error.code);
            return error;
          },
        ],
      },
    });
    await expect(failing).rejects.toMatchObject({ name: 'CredentialError' });
    expect(seen).toEqual([true, 'ERR_SOURCE_FAILED']);
  });

  it('that calculate a retry delay are not asked about a replay', async () => {
    const { server, binding } = await onStage(onlySecond);
    const { statusCode } = await binding.client('replayed', {
      retry: { limit: 2, calculateDelay: () => 0 },
    });
    expect([statusCode, tokensOf(server)]).toEqual([200, ['token-1', 'token-2']]);
  });
});

describe('retries of got', () => {
  it('carry the current token', async () => {
    const { server, manager, binding } = await onStage({
      server: { respond: (_, response) => response.writeHead(503).end() },
    });
    const calculateDelay = async ({ computedValue }: { readonly computedValue: number }) => {
      await manager.refresh();
      return Math.min(1, computedValue);
    };
    const retried = binding.client('retried', { retry: { limit: 1, calculateDelay } });
    await expect(retried).rejects.toThrow(HTTPError);
    expect(tokensOf(server)).toEqual(['token-1', 'token-2']);
  });

  it('keep to their rules', async () => {
    const { server, binding } = await onStage({
      server: { respond: (_, response) => response.writeHead(503).end() },
    });
    const posted = binding.client.post('posted', {
      retry: { limit: 1, enforceRetryRules: true, calculateDelay: () => 1 },
    });
    await expect(posted).rejects.toThrow(HTTPError);
    expect(server.requests).toHaveLength(1);
  });

  it('with rules that forbid them do not stand in the way of a replay after a TLS alert', async () => {
    const { server, source, binding } = await onStage({
      server: { clientCertificate: 'require', minVersion: 'TLSv1.3' },
    });
    source.change = (run) => (run === 1 ? {} : certificateFor(run));
    await binding.client.post('alerted', { retry: { limit: 0, enforceRetryRules: true } });
    expect(server.requests).toMatchObject([{ commonName: 'client-2' }]);
  });

  it('come on top of a replay, and may be replayed themselves', async () => {
    let answers = 0;
    const { server, binding } = await onStage({
      server: {
        respond: (_, response) => {
          answers += 1;
          response.writeHead([401, 503, 401, 200][answers - 1] ?? 200).end('{}');
        },
      },
    });
    const { statusCode } = await binding.client('unlucky', {
      retry: { limit: 3, calculateDelay: ({ computedValue }) => (computedValue ? 1 : 0) },
    });
    expect(statusCode).toBe(200);
    expect(tokensOf(server)).toEqual(['token-1', 'token-2', 'token-2', 'token-3']);
  });
});

describe('an Authorization of the caller', () => {
  it('is also a user name with a password', async () => {
    const { server, source, binding } = await onStage();
    await binding.client('basic', { username: 'user', password: 'pass' });
    const basic = `Basic ${Buffer.from('user:pass').toString('base64')}`;
    expect(server.requests[0]?.headers.authorization).toBe(basic);
    expect(source.runs).toBe(0);
  });

  it('that is undefined means: send none, and run nothing', async () => {
    const { server, source, binding } = await onStage();
    await binding.client('nobody', { headers: { authorization: undefined } });
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(source.runs).toBe(0);
  });

  it('is not replaced by ours where got drops it along a redirect', async () => {
    const second = await startServer();
    const first = await startServer({
      respond: (_, response) => response.writeHead(302, { location: second.url }).end(),
    });
    const origins = [first.url, second.url];
    const { binding, source } = await onStage({ bind: { origins, tls: { ca: first.ca } } });
    await binding.client(first.url, { prefixUrl: '', headers: { authorization: 'Bearer mine' } });
    expect([tokensOf(first), tokensOf(second)]).toEqual([['mine'], [undefined]]);
    expect(source.runs).toBe(0);
  });
});

describe('streams', () => {
  it('carry the token; a refusal is passed on, and the next stream carries a new token', async () => {
    const { server, binding } = await onStage(onlySecond);
    await expect(binding.client.stream('refused').toArray()).rejects.toThrow(HTTPError);
    const [chunk] = await binding.client.stream('next').toArray();
    expect(String(chunk)).toContain('/next');
    expect(tokensOf(server)).toEqual(['token-1', 'token-2']);
  });

  it('report a refusal once where got does not throw for it', async () => {
    const { server, manager, binding } = await onStage(onlySecond);
    const options = { throwHttpErrors: false };
    await binding.client.stream('refused', options).toArray();
    await binding.client.stream('next', options).toArray();
    expect(tokensOf(server)).toEqual(['token-1', 'token-2']);
    expect(manager.stats().refusals).toBe(1);
  });

  it.each([true, false])(
    'show no token, nor do their answers (plain http: %s)',
    async (plainHttp) => {
      const { binding } = await onStage({ server: { plainHttp } });
      const stream = binding.client.stream('secret');
      const texts: string[] = [];
      const print = (thing: unknown): void => {
        texts.push(inspect(thing), inspect(thing, { depth: 6 }));
      };
      stream.on('request', () => setImmediate(print, stream));
      stream.on('response', (response) => {
        print(response);
        print(stream);
      });
      await stream.toArray();
      expect(texts.length).toBeGreaterThanOrEqual(6);
      expect(texts.join()).not.toContain('token-');
    },
  );

  it('wait for the credential, and lose nothing of what was written meanwhile', async () => {
    const source = controlledSource();
    const { server, binding } = await onStage({ source });
    const stream = binding.client.stream.post('upload');
    stream.end('written early');
    (await source.nextLoad()).succeed({ token: 'late' });
    await stream.toArray();
    expect(String(server.requests[0]?.body)).toBe('written early');
  });
});

describe('pagination', () => {
  it('carries the token on each page, and replays each page that is refused', async () => {
    let accepted = 1;
    const { server, manager, binding } = await onStage({
      server: { authorize: ({ token }) => token === `token-${accepted}` },
    });
    const pages = binding.client.paginate.each<string>('pages', {
      pagination: {
        transform: (response) => [(JSON.parse(String(response.body)) as { path: string }).path],
        paginate: ({ currentItems }) => {
          accepted += 1;
          return accepted < 4 && { searchParams: { after: String(currentItems.length) } };
        },
      },
    });
    const paths: string[] = [];
    for await (const path of pages) paths.push(path);
    expect(paths).toEqual(['/pages', '/pages?after=1', '/pages?after=1']);
    expect(tokensOf(server)).toEqual(['token-1', 'token-1', 'token-2', 'token-2', 'token-3']);
    expect(manager.stats().refusals).toBe(2);
  });
});

it.each(['secureConnect', 'request'])(
  'heeds timeout.%s while a server is being verified, where authorities may rotate',
  async (phase) => {
    const [url, server] = [await startSilence(), await startServer()];
    const { manager } = await onStage();
    const ca = { name: 'trust', peek: () => ({ generation: 1, pem: server.ca }) };
    const bare = got.extend({ prefixUrl: url, retry: { limit: 0 } });
    const { client, unbind } = bindGot(bare, manager, { tls: { ca } });
    onTestFinished(unbind);
    const timedOut = client('silent', { timeout: { [phase]: 20 } });
    await expect(timedOut).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  },
);

describe('agents', () => {
  it('of the caller for http, and the options of his agent for https, go on', async () => {
    const server = await startServer();
    const { manager, source } = await onStage();
    source.change = certificateFor;
    const http = { keepAlive: true } as never;
    const client = got.extend({
      prefixUrl: server.url,
      agent: { http, https: new Agent({ ca: server.ca, keepAlive: true, maxSockets: 1 }) },
    });
    const bound = bindGot(client, manager);
    onTestFinished(bound.unbind);
    await Promise.all([bound.client('a'), bound.client('b')]);
    expect(bound.supports.clientCertificate).toBe(true);
    expect(bound.client.defaults.options.agent.http).toBe(http);
    expect(server.connections.opened).toBe(1);
    expect(server.requests[0]).toMatchObject({ token: 'token-1', commonName: 'client-1' });
  });

  it('of another class stay, and the binding says what it cannot do', async () => {
    class OtherAgent extends Agent {}
    const server = await startServer();
    const { manager } = await onStage();
    const https = new OtherAgent({ ca: server.ca });
    const client = got.extend({ prefixUrl: server.url, agent: { https } });
    const bound = bindGot(client, manager);
    onTestFinished(bound.unbind);
    await bound.client('other');
    expect(bound.supports).toEqual({ token: true, clientCertificate: false, replay: true });
    expect(bound.client.defaults.options.agent.https).toBe(https);
    expect(tokensOf(server)).toEqual(['token-1']);
    const ca = { name: 'trust', peek: () => ({ generation: 1, pem: server.ca }) };
    expect(() => bindGot(client, manager, { tls: { ca } })).toThrow(/agent of another class/);
  });

  it('take the TLS settings that got passes with each request', async () => {
    const server = await startServer();
    const { manager, source } = await onStage();
    source.change = certificateFor;
    const client = got.extend({
      prefixUrl: server.url,
      https: { certificateAuthority: server.ca },
    });
    const bound = bindGot(client, manager);
    onTestFinished(bound.unbind);
    await bound.client('trusted');
    expect(server.requests[0]).toMatchObject({ commonName: 'client-1' });
  });

  it('may be told to trust any server, whatever got passes with each request', async () => {
    const { binding } = await onStage({ bind: { tls: { rejectUnauthorized: false } } });
    expect((await binding.client('trusting')).statusCode).toBe(200);
  });
});

describe('the client that was bound', () => {
  it('stays as it was, and so does what the caller gave', async () => {
    const { server, manager } = await onStage();
    const client = got.extend({
      prefixUrl: server.url,
      https: { certificateAuthority: server.ca },
    });
    const bound = bindGot(client, manager);
    onTestFinished(bound.unbind);
    const context = Object.freeze({ mine: 'yes' });
    const headers = Object.freeze({ 'x-mine': 'yes' });
    await bound.client('bound', Object.freeze({ context, headers }));
    await client('bare');
    expect(tokensOf(server)).toEqual(['token-1', undefined]);
    expect(client.defaults.options.agent.https).toBeUndefined();
  });
});

describe('an error', () => {
  it('can be turned into JSON, whatever its agent is connected to', async () => {
    const { binding } = await onStage({ server: { authorize: () => false } });
    const error = await binding.client('refused').catch((reason: unknown) => reason);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      code: 'ERR_NON_2XX_3XX_RESPONSE',
      options: { headers: { authorization: '[redacted]' } },
    });
  });
});

describe('the cache of got', () => {
  it('works, and keeps no token', async () => {
    const { server, binding } = await onStage({
      server: {
        respond: (_, response) => {
          response.writeHead(200, { 'cache-control': 'public, max-age=60', vary: 'authorization' });
          response.end('{}');
        },
      },
    });
    const cache = new Map<string, string>();
    await binding.client('cached', { cache });
    expect((await binding.client('cached', { cache })).statusCode).toBe(200);
    expect(tokensOf(server)[0]).toBe('token-1');
    expect(cache.size).toBeGreaterThan(0);
    expect(inspect(cache, { maxStringLength: null })).not.toContain('token-1');
  });
});

it('refuses what is no client of got', async () => {
  const { manager } = await onStage();
  expect(() => bindGot({} as Got, manager)).toThrow(TypeError);
});
