import { getEventListeners, once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import http2 from 'node:http2';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { CredentialError, createCredentialManager, staticSource } from '@keyturn/core';
import { controlledSource } from '@keyturn/testkit';
import { describe, expect, it, vi } from 'vitest';
import {
  type Http2Recorded,
  http2Scene,
  readHttp2,
  startHttp2Server,
} from '../../test/http2-scene.js';
import { numberedSource } from '../../test/scene.js';
import type { HttpsRequestBody } from '../client/request-body.js';
import { bindHttp2 } from './bind-http2.js';

const refuses =
  (...tokens: string[]) =>
  ({ token }: Http2Recorded) =>
    !tokens.includes(token ?? '');

/** Keeps the streams that the server should answer until the test does. */
function heldStreams(): {
  readonly respond: (stream: ServerHttp2Stream) => void;
  readonly next: () => Promise<ServerHttp2Stream>;
} {
  const streams: ServerHttp2Stream[] = [];
  const waiting: ((stream: ServerHttp2Stream) => void)[] = [];
  return {
    respond: (stream) => {
      const next = waiting.shift();
      if (next === undefined) streams.push(stream);
      else next(stream);
    },
    next: () => {
      const stream = streams.shift();
      return stream ? Promise.resolve(stream) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}

describe('a request', () => {
  it('has no time limit any more when its answer has begun, nor a body when it fails', async () => {
    await using at = await http2Scene(numberedSource('both'));
    const begun = vi.spyOn(globalThis, 'setTimeout');
    const ended = vi.spyOn(globalThis, 'clearTimeout');
    await readHttp2(await at.client.get(at.server.url, { timeoutMs: 61_234 }));
    const limit = begun.mock.calls.findIndex(([, delayMs]) => delayMs === 61_234);
    expect(ended).toHaveBeenCalledWith(begun.mock.results[limit]?.value);
    const body = Readable.from(['never']);
    const signal = AbortSignal.abort(new Error('left'));
    await expect(at.client.request(at.server.url, { body, signal })).rejects.toThrow('left');
    expect(body.destroyed).toBe(true);
  });

  it('leaves no listener on its signal when it is over, whether it had to wait or not', async () => {
    await using at = await http2Scene(numberedSource('both'));
    const { signal } = new AbortController();
    for (let count = 0; count < 2; count += 1) {
      await readHttp2(await at.client.get(at.server.url, { signal }));
    }
    await expect.poll(() => getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('waits for the first credential and carries token and certificate', async () => {
    await using at = await http2Scene(numberedSource('both'));
    expect(await at.get('/path?query')).toEqual({ status: 200, body: 'client-1' });
    expect(at.server.requests[0]).toMatchObject({
      method: 'GET',
      path: '/path?query',
      token: 'token-1',
      commonName: 'client-1',
    });
  });

  it('shares one load and one session with 1,000 others', async () => {
    const source = numberedSource('both');
    await using at = await http2Scene(source);
    await Promise.all(Array.from({ length: 1_000 }, () => at.get()));
    expect(source.loads).toBe(1);
    expect(new Set(at.server.requests.map(({ session }) => session))).toEqual(new Set([1]));
  });

  it('can be aborted while it waits for a credential', async () => {
    const source = controlledSource();
    await using at = await http2Scene(source);
    const controller = new AbortController();
    const answer = at.client.get(at.server.url, { signal: controller.signal });
    await source.nextLoad();
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(at.server.requests).toEqual([]);
  });

  it('can be aborted while its session connects', async () => {
    await using at = await http2Scene(numberedSource());
    await at.manager.current();
    const controller = new AbortController();
    const answer = at.client.get(at.server.url, { signal: controller.signal });
    await Promise.resolve();
    controller.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect((await at.get()).status).toBe(200);
  });

  it('can be aborted while its answer is read', async () => {
    const held = heldStreams();
    await using at = await http2Scene(numberedSource(), {}, { respond: held.respond });
    const controller = new AbortController();
    const answer = at.client.get(at.server.url, { signal: controller.signal });
    const stream = await held.next();
    stream.respond({ ':status': 200 });
    stream.write('the beginning');
    const reading = readHttp2(await answer);
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    if (!stream.closed) await once(stream, 'close');
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_CANCEL);
  });

  it('has timeoutMs until its answer begins, the wait for a credential included', async () => {
    await using at = await http2Scene(controlledSource());
    const answer = at.client.get(at.server.url, { timeoutMs: 20 });
    await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('fails with the code of a source that fails, before anything is sent', async () => {
    const failure = new CredentialError('ERR_EXEC_EXIT', 'It exited with code 1.');
    await using at = await http2Scene({ name: 'broken', load: () => Promise.reject(failure) });
    await expect(at.get()).rejects.toMatchObject({ code: 'ERR_EXEC_EXIT' });
    expect(at.server.requests).toEqual([]);
  });

  it('leaves an Authorization of your own alone, and then runs nothing and replays nothing', async () => {
    const source = numberedSource();
    const plain = { tls: undefined };
    await using at = await http2Scene(source, plain, { plainHttp: true, authorize: () => false });
    const headers = { AUTHORIZATION: 'Bearer mine' };
    const answer = await readHttp2(await at.client.get(at.server.url, { headers }));
    await readHttp2(await at.client.get(at.server.url.replace('//', '//user:word@')));
    expect(answer.status).toBe(401);
    expect(at.server.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer mine',
      `Basic ${Buffer.from('user:word').toString('base64')}`,
    ]);
    expect(source.loads).toBe(0);
  });

  it('presents the certificate with an Authorization of your own, once it has one', async () => {
    await using at = await http2Scene(numberedSource('both'));
    await at.get();
    const headers = { authorization: 'Bearer mine' };
    await readHttp2(await at.client.get(at.server.url, { headers }));
    expect(at.server.requests[1]).toMatchObject({ token: 'mine', commonName: 'client-1' });
  });

  it('carries nothing to another origin', async () => {
    await using at = await http2Scene(numberedSource('both'));
    await using elsewhere = await startHttp2Server();
    await at.get();
    const answer = await readHttp2(await at.client.get(elsewhere.url));
    expect(answer).toEqual({ status: 200, body: 'nobody' });
    expect(elsewhere.requests[0]?.token).toBeUndefined();
  });

  it('keeps the token out of an answer and of an error that is printed', async () => {
    const secret = 'very-secret-token';
    const source = { name: 'secret', load: async () => ({ token: secret }) };
    const respond = (stream: ServerHttp2Stream, { path }: Http2Recorded) => {
      if (path === '/fails') stream.destroy();
      else stream.respond({ ':status': 200 });
    };
    await using at = await http2Scene(source, {}, { respond });
    const error = await at.get('/fails').catch((reason: unknown) => reason);
    const response = await at.client.get(at.server.url);
    expect(error).toBeInstanceOf(Error);
    for (const value of [error, response, at.client, at.binding]) {
      expect(inspect(value, { depth: 20, showHidden: true })).not.toContain(secret);
      expect(JSON.stringify(value) ?? '').not.toContain(secret);
    }
  });

  it('has an answer that nobody needs to read where it has no body', async () => {
    const respond = (stream: ServerHttp2Stream) =>
      stream.respond({ ':status': 204 }, { endStream: true });
    await using at = await http2Scene(numberedSource(), {}, { respond });
    const { statusCode, stream } = await at.client.request(at.server.url, { method: 'DELETE' });
    if (!stream.closed) await once(stream, 'close');
    expect(statusCode).toBe(204);
  });
});

describe('a refused request', () => {
  const bodies: Record<string, () => HttpsRequestBody> = {
    string: () => 'the body',
    bytes: () => Buffer.from('the body'),
    URLSearchParams: () => new URLSearchParams({ a: '1' }),
    Blob: () => new Blob(['the body'], { type: 'text/x-test' }),
    FormData: () => {
      const form = new FormData();
      form.set('a', '1');
      return form;
    },
  };

  it.each(Object.entries(bodies))('is sent once more with its body intact: %s', async (_, body) => {
    await using at = await http2Scene(numberedSource(), {}, { authorize: refuses('token-1') });
    const sent = { method: 'POST', body: body() };
    expect((await readHttp2(await at.client.request(at.server.url, sent))).status).toBe(200);
    const [first, second] = at.server.requests;
    expect(second?.token).toBe('token-2');
    expect(second?.body.length).toBeGreaterThan(0);
    expect(second?.body).toEqual(first?.body);
    expect(second?.headers['content-type']).toBe(first?.headers['content-type']);
  });

  it('is given to the caller when its body was a stream', async () => {
    await using at = await http2Scene(numberedSource(), {}, { authorize: refuses('token-1') });
    const sent = { method: 'POST', body: Readable.from(['one', 'two']) };
    const answer = await readHttp2(await at.client.request(at.server.url, sent));
    expect(answer).toEqual({ status: 401, body: 'who are you?' });
    expect(at.server.requests.map(({ body }) => String(body))).toEqual(['onetwo']);
    expect((await at.get()).status).toBe(200);
  });

  it('is given to the caller after one replay, and at once with replay: false', async () => {
    const authorize = () => false;
    await using at = await http2Scene(numberedSource(), {}, { authorize });
    expect((await at.get()).status).toBe(401);
    expect(at.server.requests).toHaveLength(2);
    await using never = await http2Scene(numberedSource(), { replay: false }, { authorize });
    expect((await never.get()).status).toBe(401);
    expect(never.server.requests).toHaveLength(1);
  });

  it('shows the source what the server said', async () => {
    const source = controlledSource();
    await using at = await http2Scene(source, {}, { authorize: refuses('first') });
    const answer = at.get();
    (await source.nextLoad()).succeed({ token: 'first' });
    const second = await source.nextLoad();
    expect(second.context.response).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': ['Bearer'] },
    });
    second.succeed({ token: 'second' });
    expect((await answer).status).toBe(200);
  });

  it('costs one load, however many there are at once', async () => {
    const source = numberedSource();
    await using at = await http2Scene(source, {}, { authorize: refuses('token-1') });
    await Promise.all(Array.from({ length: 200 }, () => at.get()));
    expect(source.loads).toBe(2);
  });
});

describe('a body', () => {
  it('of unknown length arrives whole', async () => {
    await using at = await http2Scene(numberedSource());
    async function* parts() {
      yield 'one';
      yield Buffer.from('two');
    }
    await readHttp2(await at.client.request(at.server.url, { method: 'PUT', body: parts() }));
    expect(String(at.server.requests[0]?.body)).toBe('onetwo');
  });

  it('that fails on its way fails the request with its own error', async () => {
    await using at = await http2Scene(numberedSource());
    const body = Readable.from(
      (async function* () {
        yield 'one';
        throw new Error('the disk is gone');
      })(),
    );
    const sent = at.client.request(at.server.url, { method: 'POST', body });
    await expect(sent).rejects.toThrow('the disk is gone');
  });
});

describe('what bindHttp2 is given', () => {
  const manager = createCredentialManager({ source: staticSource({ token: 'never sent' }) });

  it('must name its origins, and no insecure ones', () => {
    expect(() => bindHttp2(manager)).toThrow(
      expect.objectContaining({ code: 'ERR_ORIGIN_UNKNOWN' }),
    );
    expect(() => bindHttp2(manager, { origins: ['http://api.example'] })).toThrow(
      expect.objectContaining({ code: 'ERR_ORIGIN_INSECURE' }),
    );
  });

  it('must be known and sensible', async () => {
    const { client } = bindHttp2(manager, { origins: ['https://a.example'] });
    expect(() => bindHttp2(manager, { sesion: {} } as never)).toThrow(/no option "sesion"/);
    await expect(client.get('https://a.example', { timeout: 1 } as never)).rejects.toThrow(
      /no option "timeout"/,
    );
    await expect(client.get('ftp://a.example')).rejects.toThrow(TypeError);
  });
});
