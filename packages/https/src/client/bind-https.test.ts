import { getEventListeners, once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import {
  CredentialError,
  type CredentialManagerOptions,
  type CredentialSource,
  createCredentialManager,
  staticSource,
} from '@keyturn/core';
import { controlledSource, manualClock, type TestApiServerOptions } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { authority, numberedManager, numberedSource, read, startServer } from '../../test/scene.js';
import { type BindHttpsOptions, bindHttps } from './bind-https.js';
import type { HttpsRequestOptions } from './https-client.js';

async function scene(
  serverOptions: TestApiServerOptions = {},
  options: BindHttpsOptions = {},
  managerOptions: Partial<CredentialManagerOptions> = {},
) {
  const server = await startServer(serverOptions);
  const source = numberedSource('both');
  const manager = createCredentialManager({ source, ...managerOptions });
  const binding = bindHttps(manager, {
    origins: [server.url],
    tls: { ca: server.ca },
    ...options,
  });
  const { client } = binding;
  return {
    server,
    source,
    manager,
    binding,
    client,
    send: async (options?: HttpsRequestOptions) => read(await client.request(server.url, options)),
    async [Symbol.asyncDispose]() {
      client.agent.destroy();
      await manager.close();
      await server.close();
    },
  };
}

/** Refuses the first credential, and every one before `generation`. */
const from = (generation: number): TestApiServerOptions => ({
  authorize: ({ token = '' }) => Number(token.replace('token-', '')) >= generation,
});

describe('a request', () => {
  it('carries token and certificate', async () => {
    await using at = await scene();
    expect(await at.send()).toMatchObject({ status: 200 });
    expect(at.server.requests[0]).toMatchObject({ token: 'token-1', commonName: 'client-1' });
  });

  it('takes a URL, a method and headers, and leaves them as they were', async () => {
    await using at = await scene();
    const options = { method: 'PUT', headers: Object.freeze({ 'X-Own': 'yes' }), body: 'text' };
    const url = new URL('/a?b=c', at.server.url);
    await read(await at.client.request(url, Object.freeze(options)));
    const [request] = at.server.requests;
    expect(request).toMatchObject({ method: 'PUT', path: '/a?b=c' });
    expect(request?.headers['x-own']).toBe('yes');
    expect(options.headers).toEqual({ 'X-Own': 'yes' });
  });

  it('shares one load with 1,000 others', async () => {
    await using at = await scene({}, { agent: { maxSockets: 16 } });
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => at.send()));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(at.source.loads).toBe(1);
  });

  it('leaves an Authorization of the caller alone and runs nothing', async () => {
    await using at = await scene(from(99));
    for (const options of [
      { headers: { AUTHORIZATION: 'Bearer mine' } },
      { auth: 'me:secret' },
    ] as const) {
      expect((await at.send(options)).status).toBe(401);
    }
    const withUser = at.server.url.replace('//', '//me:secret@');
    expect((await read(await at.client.get(withUser))).status).toBe(401);
    expect(at.server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer mine',
      'Basic bWU6c2VjcmV0',
      'Basic bWU6c2VjcmV0',
    ]);
    expect(at.source.loads).toBe(0);
  });

  it('carries nothing to another origin', async () => {
    await using at = await scene();
    await using foreign = await startServer({ authorize: () => false });
    await at.send();
    expect((await read(await at.client.get(foreign.url))).status).toBe(401);
    expect(foreign.requests).toHaveLength(1);
    expect(foreign.requests[0]?.headers.authorization).toBeUndefined();
    expect(foreign.requests[0]?.commonName).toBeUndefined();
    expect(at.source.loads).toBe(1);
  });

  it('gets a redirect as an answer', async () => {
    await using foreign = await startServer();
    await using at = await scene({
      respond: (_request, response) => {
        response.writeHead(302, { location: foreign.url }).end();
      },
    });
    expect((await at.send()).status).toBe(302);
    expect(foreign.requests).toHaveLength(0);
  });

  it('lets a source failure through with its code', async () => {
    const error = new CredentialError('ERR_EXEC_EXIT', 'Executable "x" exited with code 1.');
    const source = { name: 'failing', load: () => Promise.reject(error) };
    await using at = await scene({}, {}, { source });
    await expect(at.send()).rejects.toBe(error);
    expect(at.client.agent.connections.opened).toBe(0);
  });

  it('names the wrong option', async () => {
    await using at = await scene();
    await expect(at.send({ timeout: 5 } as never)).rejects.toThrow(/no option "timeout"/);
    await expect(at.send({ timeoutMs: -5 })).rejects.toThrow(/"timeoutMs"/);
    await expect(at.client.get('/relative')).rejects.toThrow(TypeError);
    await expect(at.client.get('ftp://x.example/')).rejects.toThrow(/https and http/);
  });
});

describe('a request that is served without asking its agent, as some mocks do', () => {
  it('carries the header, and keeps one of its own', async () => {
    const echo = http.createServer(({ headers }, answer) => answer.end(headers.authorization));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    onTestFinished(() => void echo.close());
    const agent = new http.Agent();
    vi.spyOn(https, 'request').mockImplementation(((options: RequestOptions) =>
      http.request({ ...options, protocol: 'http:', agent })) as typeof https.request);
    const origin = `https://127.0.0.1:${(echo.address() as AddressInfo).port}`;
    const manager = createCredentialManager({ source: staticSource({ token: 'ours' }) });
    const { client } = bindHttps(manager, { origins: [origin] });
    expect(await read(await client.get(origin))).toMatchObject({ body: 'Bearer ours' });
    const headers = { authorization: 'Basic mine' };
    expect(await read(await client.get(origin, { headers }))).toMatchObject({ body: 'Basic mine' });
  });
});

describe('a refused request', () => {
  it('is sent once more, with the next credential', async () => {
    await using at = await scene(from(2));
    expect((await at.send()).status).toBe(200);
    expect(at.server.requests).toMatchObject([
      { token: 'token-1', commonName: 'client-1' },
      { token: 'token-2', commonName: 'client-2' },
    ]);
  });

  it('tells the source what the server said, whoever has printed the class of answers before', async () => {
    // On Node 20 this leaves an empty object for all answers that follow.
    const shared = Reflect.get(http.IncomingMessage.prototype, 'headersDistinct');
    onTestFinished(() => {
      const { prototype } = http.IncomingMessage;
      const isShared = (name: string | symbol) => Reflect.get(prototype, name) === shared;
      for (const name of Object.getOwnPropertySymbols(prototype).filter(isShared)) {
        Reflect.deleteProperty(prototype, name);
      }
    });
    const responses: unknown[] = [];
    const tokens = numberedSource('both');
    const load: CredentialSource['load'] = (context) => {
      responses.push(context.response);
      return tokens.load(context);
    };
    await using at = await scene(from(2), {}, { source: { name: 'numbered', load } });
    await at.send();
    expect(responses[1]).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': ['Bearer'], 'content-type': [expect.any(String)] },
    });
  });

  it('gives up after one replay', async () => {
    await using at = await scene(from(99));
    const { status, body } = await at.send();
    expect(status).toBe(401);
    expect(JSON.parse(body)).toMatchObject({ kind: 'Status', code: 401 });
    expect(at.server.requests).toHaveLength(2);
  });

  it('is not sent again when refusals come faster than the limit', async () => {
    const refusalLimit = { threshold: 1, intervalMs: 60_000 };
    await using at = await scene(from(99), {}, { refusalLimit });
    await at.send();
    expect((await at.send()).status).toBe(401);
    expect(at.server.requests).toHaveLength(3);
    expect(at.source.loads).toBe(2);
  });

  it('is not sent again with replay: false, and still has the next one carry a new token', async () => {
    await using at = await scene(from(2), { replay: false });
    expect(at.binding.supports.replay).toBe(false);
    expect((await at.send()).status).toBe(401);
    expect((await at.send()).status).toBe(200);
    expect(at.server.requests.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
  });

  it('shares one load with 100 others', async () => {
    await using at = await scene(from(2), { agent: { maxSockets: 16 } });
    await at.manager.current();
    const answers = await Promise.all(Array.from({ length: 100 }, () => at.send()));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(at.source.loads).toBe(2);
  });

  it('works with a single connection', async () => {
    await using at = await scene(from(2), { agent: { maxSockets: 1, maxTotalSockets: 1 } });
    expect((await at.send()).status).toBe(200);
  });

  it('shows the source what the server said', async () => {
    const source = controlledSource();
    await using at = await scene({ authorize: () => false }, {}, { source });
    const sent = at.send();
    (await source.nextLoad()).succeed({ token: 'one' });
    const second = await source.nextLoad();
    second.succeed({ token: 'two' });
    await sent;
    expect(second.context.response).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': ['Bearer'] },
    });
  });

  it('counts once when a TLS alert refuses the certificate', async () => {
    const clientCertificate = await (await authority()).issueClientCertificate();
    const materials = [{ token: 'one' }, { token: 'two', clientCertificate }];
    const source = { name: 'late', load: async () => materials.shift() ?? { token: 'three' } };
    await using at = await scene({ clientCertificate: 'require' }, {}, { source });
    expect((await at.send({ method: 'POST', body: 'whole' })).status).toBe(200);
    expect(at.manager.stats()).toMatchObject({ runs: 2, refusals: 1 });
    expect(String(at.server.requests[0]?.body)).toBe('whole');
  });
});

describe('a body', () => {
  const form = new FormData();
  form.append('field', 'value');
  form.append('file', new Blob(['content']), 'name.txt');
  const bodies = {
    string: ['héllo', 'text/plain;charset=UTF-8'],
    bytes: [Buffer.from('hello'), undefined],
    URLSearchParams: [
      new URLSearchParams({ a: 'b c' }),
      'application/x-www-form-urlencoded;charset=UTF-8',
    ],
    Blob: [new Blob(['hello'], { type: 'text/css' }), 'text/css'],
    FormData: [form, expect.stringMatching(/^multipart\/form-data; boundary=/)],
    nothing: [undefined, undefined],
  } as const;

  it.each(Object.entries(bodies))('arrives whole, also a second time: %s', async (_name, body) => {
    await using at = await scene(from(2));
    const [value, contentType] = body;
    expect((await at.send({ method: 'POST', body: value })).status).toBe(200);
    const [first, second] = at.server.requests;
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    expect(second?.body.length).toBe(Number(second?.headers['content-length'] ?? 0));
    expect(second?.headers['content-type']).toEqual(contentType);
    if (value !== undefined) expect(second?.body.length).toBeGreaterThan(4);
  });

  it('keeps the media type of the caller', async () => {
    await using at = await scene();
    const headers = { 'Content-Type': 'application/json' };
    await at.send({ method: 'POST', body: '{}', headers });
    expect(at.server.requests[0]?.headers['content-type']).toBe('application/json');
  });

  async function* chunks(): AsyncGenerator<string> {
    yield 'he';
    yield 'llo';
  }
  it.each([
    ['Readable', () => Readable.from([Buffer.from('he'), Buffer.from('llo')]), 'POST'],
    ['async iterable', chunks, 'PUT'],
    ['Readable of a DELETE', () => Readable.from(['he', 'llo']), 'DELETE'],
  ] as const)('that is a stream arrives whole: %s', async (_name, open, method) => {
    await using at = await scene();
    expect((await at.send({ method, body: open() })).status).toBe(200);
    expect(String(at.server.requests[0]?.body)).toBe('hello');
  });

  it('that is a stream is sent once: the refusal is passed on', async () => {
    await using at = await scene(from(2));
    const body = Readable.from([Buffer.from('hello')]);
    expect((await at.send({ method: 'POST', body })).status).toBe(401);
    expect(at.server.requests.map((request) => String(request.body))).toEqual(['hello']);
    expect((await at.send()).status).toBe(200);
    expect(at.server.requests[1]?.token).toBe('token-2');
  });

  it('that fails ends the request with its own error', async () => {
    await using at = await scene();
    const error = new Error('disk gone');
    const body = new Readable({ read: () => body.destroy(error) });
    await expect(at.send({ method: 'POST', body })).rejects.toBe(error);
  });

  it('that is a stream is freed when no credential comes', async () => {
    const source = { name: 'failing', load: () => Promise.reject(new Error('none')) };
    await using at = await scene({}, {}, { source });
    const body = Readable.from(['never read']);
    await expect(at.send({ method: 'POST', body })).rejects.toMatchObject({
      code: 'ERR_SOURCE_FAILED',
    });
    expect(body.destroyed).toBe(true);
  });

  it('of an unknown kind is refused', async () => {
    await using at = await scene();
    await expect(at.send({ body: { a: 1 } as never })).rejects.toThrow(/Option "body"/);
    await expect(at.send({ body: 5 as never })).rejects.toThrow(/Option "body"/);
    await expect(at.send({ body: null as never })).rejects.toThrow(/Option "body"/);
  });
});

describe('abort and timeout', () => {
  it('end the wait for a credential, and nobody else’s', async () => {
    const source = controlledSource();
    await using at = await scene({}, {}, { source });
    const reason = new Error('enough');
    const controller = new AbortController();
    const aborted = at.send({ signal: controller.signal });
    const patient = at.send();
    const load = await source.nextLoad();
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    load.succeed({ token: 'one' });
    expect((await patient).status).toBe(200);
    expect(source.loads).toHaveLength(1);
  });

  it('end a wait by time with a TimeoutError', async () => {
    await using at = await scene({}, {}, { source: controlledSource() });
    const { signal } = new AbortController();
    for (const options of [{ timeoutMs: 10 }, { timeoutMs: 10, signal }]) {
      await expect(at.send(options)).rejects.toMatchObject({ name: 'TimeoutError' });
    }
  });

  it('end a request that the server does not answer', async () => {
    await using at = await scene({ respond: () => {} });
    await expect(at.send({ timeoutMs: 50 })).rejects.toMatchObject({ name: 'TimeoutError' });
    const reason = new Error('enough');
    const controller = new AbortController();
    const waiting = at.send({ signal: controller.signal, timeoutMs: 60_000 });
    setTimeout(() => controller.abort(reason), 20);
    await expect(waiting).rejects.toBe(reason);
  });

  it('leave no listener on the signal of a request that is over', async () => {
    await using at = await scene();
    const { signal } = new AbortController();
    expect((await at.send({ signal })).status).toBe(200);
    await expect.poll(() => getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('leave no timer behind an answer that has begun, nor a body that nobody will read', async () => {
    await using at = await scene();
    const begun = vi.spyOn(globalThis, 'setTimeout');
    const ended = vi.spyOn(globalThis, 'clearTimeout');
    await at.send({ timeoutMs: 61_234 });
    const limit = begun.mock.calls.findIndex(([, delayMs]) => delayMs === 61_234);
    expect(ended).toHaveBeenCalledWith(begun.mock.results[limit]?.value);
    const body = Readable.from(['never']);
    const signal = AbortSignal.abort(new Error('left'));
    await expect(at.send({ method: 'POST', body, signal })).rejects.toThrow('left');
    expect(body.destroyed).toBe(true);
  });

  it('end the reading of an answer by signal', async () => {
    await using at = await scene({ respond: (_, response) => void response.write('beginning') });
    const reason = new Error('enough');
    const controller = new AbortController();
    const { signal } = controller;
    const response = await at.client.get(at.server.url, { signal, timeoutMs: 60_000 });
    const reading = read(response);
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });

  it('send nothing when it has been aborted before', async () => {
    await using at = await scene();
    await at.manager.current();
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(at.send({ signal })).rejects.toBe(reason);
    await expect(at.send({ signal, auth: 'me:secret' })).rejects.toBe(reason);
    expect(at.client.agent.connections.opened).toBe(0);
  });
});

describe('plain http', () => {
  it('carries the headers of a credential, also beside an Authorization of the caller, and waits for known ones', async () => {
    await using server = await startServer({ plainHttp: true });
    const clock = manualClock(Date.now());
    let loads = 0;
    const load = async () => {
      loads += 1;
      const expiresAt = clock.now() + 3_600_000;
      return { headers: { 'X-API-Key': `key-${loads}` }, expiresAt };
    };
    const manager = createCredentialManager({ source: { name: 'keyed', load }, clock });
    const { client } = bindHttps(manager, { origins: [server.url] });
    const own = { headers: { authorization: 'Bearer mine' } };
    for (const options of [own, {}, own]) await read(await client.get(server.url, options));
    await clock.advance(7_200_000);
    await read(await client.get(server.url, own));
    const sent = server.requests.map(({ token, headers }) => [token, headers['x-api-key']]);
    expect(sent).toEqual([
      ['mine', undefined],
      [undefined, 'key-1'],
      ['mine', 'key-1'],
      ['mine', 'key-2'],
    ]);
  });

  async function plainScene(serverOptions: TestApiServerOptions = {}) {
    const server = await startServer({ plainHttp: true, ...serverOptions });
    const source = controlledSource();
    const manager = createCredentialManager({ source });
    const { client, unbind } = bindHttps(manager, { origins: [server.url] });
    const send = async () => read(await client.get(server.url));
    return { server, source, client, unbind, send, [Symbol.asyncDispose]: server.close };
  }

  it('carries the token to loopback, and replays with the next one', async () => {
    await using at = await plainScene({ authorize: ({ token }) => token === 'two' });
    const sent = at.send();
    (await at.source.nextLoad()).succeed({ token: 'one' });
    (await at.source.nextLoad()).succeed({ token: 'two' });
    expect((await sent).status).toBe(200);
    expect(at.server.requests.map(({ token }) => token)).toEqual(['one', 'two']);
  });

  it('carries nothing after unbind(), and closes idle connections', async () => {
    await using at = await plainScene({ authorize: () => false });
    const sent = at.send();
    (await at.source.nextLoad()).succeed({ token: 'one' });
    const next = await at.source.nextLoad();
    at.unbind();
    next.succeed({ token: 'two' });
    await sent;
    await at.send();
    expect(at.server.requests.map(({ token }) => token)).toEqual(['one', undefined, undefined]);
    at.unbind();
    await expect.poll(() => at.server.connections.open).toBe(0);
  });

  it('shows no token in what an answer refers to', async () => {
    await using at = await plainScene();
    const sent = at.client.get(at.server.url);
    (await at.source.nextLoad()).succeed({ token: 'Very-Secret' });
    const response = await sent;
    expect(inspect(response, { depth: 50 })).not.toContain('Very-Secret');
    expect(inspect(response, { depth: 50, customInspect: false })).not.toContain('Very-Secret');
    await read(response);
  });

  it('carries nothing where it is not among the origins', async () => {
    await using at = await scene();
    await using server = await startServer({ plainHttp: true });
    await read(await at.client.get(server.url));
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
    expect(at.source.loads).toBe(0);
  });

  it('is refused as an origin elsewhere', () => {
    const { manager } = numberedManager();
    expect(() => bindHttps(manager, { origins: ['http://api.example'] })).toThrow(
      expect.objectContaining({ code: 'ERR_ORIGIN_INSECURE' }),
    );
  });
});

describe('a binding', () => {
  it('needs an origin', () => {
    const { manager } = numberedManager();
    expect(() => bindHttps(manager)).toThrow(
      expect.objectContaining({ code: 'ERR_ORIGIN_UNKNOWN' }),
    );
  });

  it('does not mix with another one', async () => {
    await using at = await scene();
    const source = { name: 'other', load: async () => ({ token: 'other' }) };
    const options = { origins: [at.server.url], tls: { ca: at.server.ca } };
    const other = bindHttps(createCredentialManager({ source }), options).client;
    await Promise.all([at.send(), read(await other.get(at.server.url)), at.send()]);
    await read(await other.get(at.server.url));
    const seen = at.server.requests.map(({ token, commonName }) => `${token} ${commonName}`);
    expect(new Set(seen)).toEqual(new Set(['token-1 client-1', 'other undefined']));
    other.agent.destroy();
  });

  it('stops authenticating after unbind()', async () => {
    await using at = await scene();
    await at.send();
    at.binding.unbind();
    await at.send();
    expect(at.server.requests[1]?.headers.authorization).toBeUndefined();
    expect(at.server.requests[1]?.commonName).toBeUndefined();
  });

  it('presents nothing in a replay that comes after unbind()', async () => {
    const source = controlledSource();
    await using at = await scene({ authorize: () => false }, {}, { source });
    const sent = at.send();
    (await source.nextLoad()).succeed({ token: 'one' });
    const next = await source.nextLoad();
    at.binding.unbind();
    next.succeed({ token: 'two' });
    expect((await sent).status).toBe(401);
    expect(at.server.requests.map(({ token }) => token)).toEqual(['one', undefined]);
  });

  it('fails a request whose connection ends without an answer', async () => {
    await using at = await scene({
      respond: (_request: IncomingMessage, response) => void response.socket?.destroy(),
    });
    await expect(at.send()).rejects.toMatchObject({ code: 'ECONNRESET' });
    const [response] = await Promise.allSettled([at.send({ headers: { upgrade: 'x' } })]);
    expect(response.status).toBe('rejected');
  });

  it('fails the reader when the answer breaks off', async () => {
    await using at = await scene({
      respond: (_request, response) => {
        response.write('half', () => response.socket?.destroy());
      },
    });
    await expect(at.send()).rejects.toThrow(/aborted/);
  });
});

describe('a kept connection that the server closes under a request', () => {
  /** Answers the first request, and breaks the connection under the second, and under every one to `/always`. */
  async function cutScene() {
    let asked = 0;
    return scene({
      respond: (request, response) => {
        asked += 1;
        if (asked === 2 || request.url === '/always') request.socket.destroy();
        else response.end('whole');
      },
    });
  }

  it('is replaced once for what may be repeated', async () => {
    await using at = await cutScene();
    await at.send();
    expect((await at.send()).body).toBe('whole');
    expect(at.server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
  });

  it('fails what may not, and what has been repeated', async () => {
    await using at = await cutScene();
    await at.send();
    await expect(at.send({ method: 'POST', body: 'x' })).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    await at.send();
    const always = at.client.get(`${at.server.url}/always`);
    await expect(always).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(at.server.requests.filter(({ path }) => path === '/always')).toHaveLength(2);
  });

  it('is no reason to try the others that were kept: they close', async () => {
    const kept = new Map<number, ServerResponse>();
    await using at = await scene({
      respond: ({ url, socket }, response, { connection }) => {
        if (url === '/kept') {
          kept.set(connection, response);
          // Not before all are there, so that each has a connection of its own.
          if (kept.size === 12) for (const each of kept.values()) each.end();
        } else if (kept.has(connection)) socket.destroy();
        else response.end('whole');
      },
    });
    const warm = Array.from({ length: 12 }, () => at.client.get(`${at.server.url}/kept`));
    for (const response of await Promise.all(warm)) await read(response);
    expect((await at.send()).body).toBe('whole');
    expect(at.server.connections.opened).toBe(13);
  });

  it('is no reason to repeat the first request of a connection', async () => {
    await using at = await cutScene();
    const always = at.client.get(`${at.server.url}/always`);
    await expect(always).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(at.server.requests).toHaveLength(1);
  });
});
