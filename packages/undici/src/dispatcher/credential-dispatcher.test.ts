import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { controlledSource, manualClock, type RecordedRequest } from '@keyturn/testkit';
import { errors } from 'undici';
import { describe, expect, it, vi } from 'vitest';
import { handlerKinds, numberedSource, send, setStage } from '../../test/stage.js';

const only =
  (accepted: string) =>
  ({ token }: RecordedRequest): boolean =>
    token === accepted;

/** Refuses `token-1` with an answer of `size` bytes. */
const refuseAtLength =
  (size: number) =>
  (_request: IncomingMessage, response: ServerResponse, { token }: RecordedRequest): void => {
    response.setHeader('x-reason', 'expired');
    response.statusCode = token === 'token-1' ? 401 : 200;
    response.end(token === 'token-1' ? 'x'.repeat(size) : 'fine');
  };

describe.each(handlerKinds)('with handlers of %s kind', (_kind, through) => {
  it('waits for the first credential', async () => {
    const { server, dispatcher } = await setStage();
    expect((await send(through(dispatcher), server.url)).status).toBe(200);
    expect(server.requests).toMatchObject([{ token: 'token-1', commonName: 'client-1' }]);
  });

  it('ends the wait at once when the caller aborts, before and during it', async () => {
    const source = controlledSource();
    const { server, dispatcher } = await setStage({ source });
    const reason = new Error('enough');
    const abort = new AbortController();
    const waiting = send(through(dispatcher), server.url, { signal: abort.signal });
    await source.nextLoad();
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    const late = send(through(dispatcher), server.url, { signal: AbortSignal.abort(reason) });
    await expect(late).rejects.toBe(reason);
    expect(server.requests).toEqual([]);
  });

  it.each([0, 100, 2_000_000])(
    'delivers a refusal of %i bytes unchanged where the source has nothing better',
    async (size) => {
      const { server, manager, dispatcher } = await setStage({
        server: { respond: refuseAtLength(size) },
      });
      await manager.current();
      vi.spyOn(manager, 'invalidate').mockResolvedValue(undefined);
      const { status, headers, body } = await send(through(dispatcher), server.url);
      expect([status, headers['x-reason'], body.length]).toEqual([401, 'expired', size]);
    },
  );

  it.each([0, 100, 500_000])('replays after a refusal of %i bytes', async (size) => {
    const { server, dispatcher } = await setStage({ server: { respond: refuseAtLength(size) } });
    expect(await send(through(dispatcher), server.url)).toMatchObject({
      status: 200,
      body: 'fine',
    });
    expect(server.requests.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
  });

  it('keeps the connection of a short refusal, and gives that of an endless one up', async () => {
    const { server, dispatcher } = await setStage({
      source: numberedSource('token'),
      server: {
        respond: (request, response, recorded) => {
          if (request.url !== '/endless' || recorded.token !== 'token-2') {
            return refuseAtLength(10)(request, response, recorded);
          }
          response.writeHead(401);
          new Readable({
            read() {
              this.push('x'.repeat(50_000));
            },
          }).pipe(response);
        },
      },
    });
    await send(through(dispatcher), `${server.url}/short`);
    await expect.poll(() => server.connections.open).toBeGreaterThan(0);
    expect(server.connections.isOpen(1)).toBe(true);
    expect((await send(through(dispatcher), `${server.url}/endless`)).status).toBe(200);
    const { connection } = server.requests.find(({ path }) => path === '/endless') ?? {};
    await expect.poll(() => server.connections.isOpen(connection ?? 0)).toBe(false);
  });

  it('delivers a refusal that is too long to be kept, as it comes', async () => {
    const source = controlledSource();
    const { server, manager, dispatcher } = await setStage({
      source,
      server: { respond: (_, response) => void response.writeHead(401).end('x'.repeat(2_000_000)) },
    });
    const refused = send(through(dispatcher), server.url);
    (await source.nextLoad()).succeed({ token: 'bad' });
    await source.nextLoad();
    // Nothing but its length can settle it: the load has not been answered yet.
    expect((await refused).body).toHaveLength(2_000_000);
    expect(manager.stats().refusals).toBe(1);
  });

  it('is not harmed by a server that closes the connection behind its refusal', async () => {
    const source = controlledSource();
    const { server, dispatcher } = await setStage({
      source,
      server: {
        respond: (_request, response, { token }) => {
          response.shouldKeepAlive = false;
          response.writeHead(token === 'bad' ? 401 : 200, { 'content-length': 0 }).end();
        },
      },
    });
    const replayed = send(through(dispatcher), server.url);
    (await source.nextLoad()).succeed({ token: 'bad' });
    const load = await source.nextLoad();
    await expect.poll(() => server.connections.open).toBe(0);
    load.succeed({ token: 'good' });
    expect((await replayed).status).toBe(200);
  });

  it('delivers the refusal of a HEAD request, and replays one', async () => {
    const { server, manager, dispatcher } = await setStage({
      server: { authorize: only('token-2') },
    });
    expect((await send(through(dispatcher), server.url, { method: 'HEAD' })).status).toBe(200);
    vi.spyOn(manager, 'invalidate').mockResolvedValue(undefined);
    await manager.refresh();
    expect((await send(through(dispatcher), server.url, { method: 'HEAD' })).status).toBe(401);
  });

  it('honours an abort while a refusal is looked into, and while the replay is under way', async () => {
    let answers = 0;
    const source = controlledSource();
    const { server, dispatcher } = await setStage({
      source,
      server: {
        respond: (_request, response) => {
          answers += 1;
          if (answers !== 2) response.writeHead(401).end();
        },
      },
    });
    const [first, second] = [new AbortController(), new AbortController()];
    const replayed = send(through(dispatcher), server.url, { signal: first.signal });
    (await source.nextLoad()).succeed({ token: 'one' });
    (await source.nextLoad()).succeed({ token: 'two' });
    await expect.poll(() => answers).toBe(2);
    first.abort();
    await expect(replayed).rejects.toThrow(/abort/);
    const held = send(through(dispatcher), server.url, { signal: second.signal });
    await source.nextLoad();
    second.abort();
    await expect(held).rejects.toThrow(/abort/);
  });

  it('goes on as nobody when it is unbound while a request waits', async () => {
    const source = controlledSource();
    const { server, dispatcher } = await setStage({ source });
    const waiting = send(through(dispatcher), server.url);
    const load = await source.nextLoad();
    dispatcher.unbind();
    expect((await waiting).status).toBe(200);
    load.succeed({ token: 'late' });
    expect(server.requests[0]).not.toHaveProperty('token');
  });

  it('delivers a refusal that is looked into when it is unbound', async () => {
    const source = controlledSource();
    const { server, dispatcher } = await setStage({ source, server: { authorize: () => false } });
    const refused = send(through(dispatcher), server.url);
    (await source.nextLoad()).succeed({ token: 'bad' });
    await source.nextLoad();
    dispatcher.unbind();
    expect(await refused).toMatchObject({ status: 401 });
    expect(server.requests).toHaveLength(1);
  });

  it('fails requests that are cut off while their refusal is looked into', async () => {
    const source = controlledSource();
    const { server, dispatcher } = await setStage({
      source,
      server: {
        respond: (_request, response) => {
          response.writeHead(401, { 'content-length': 100 }).write('half an answ');
        },
      },
    });
    const refused = send(through(dispatcher), server.url);
    (await source.nextLoad()).succeed({ token: 'bad' });
    const load = await source.nextLoad();
    await server.close();
    load.fail(new Error('nothing better'));
    await expect(refused).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' });
  });

  it('destroy() fails what waits and what is under way', async () => {
    const source = controlledSource();
    const { server, dispatcher } = await setStage({ source, server: { respond: () => {} } });
    const busy = send(through(dispatcher), server.url);
    (await source.nextLoad()).succeed({ token: 'one', expiresAt: Date.now() - 1 });
    await expect.poll(() => server.requests.length).toBe(1);
    const error = new Error('over');
    const ended = dispatcher.destroy(error);
    await expect(busy).rejects.toBe(error);
    await ended;
    await expect(send(through(dispatcher), server.url)).rejects.toBeInstanceOf(
      errors.ClientDestroyedError,
    );
  });
});

describe('bodies', () => {
  it('fails a request whose body fails while it waits for a credential', async () => {
    const source = controlledSource();
    const { server, dispatcher } = await setStage({ source });
    const body = new Readable({ read() {} });
    const failed = send(dispatcher, server.url, { method: 'POST', body });
    await source.nextLoad();
    body.destroy(new Error('the file is gone'));
    await expect(failed).rejects.toThrow('the file is gone');
  });

  it('reports the refusal of a stream, and leaves the refusal to the caller', async () => {
    const { server, dispatcher } = await setStage({ server: { authorize: only('token-2') } });
    const body = Readable.from([Buffer.from('once')]);
    const { status } = await send(dispatcher, server.url, { method: 'POST', body });
    expect(status).toBe(401);
    expect((await send(dispatcher, server.url)).status).toBe(200);
  });
});

describe('an Authorization of the caller', () => {
  it.each<[string, unknown]>([
    ['a record', { AUTHORIZATION: 'Basic mine' }],
    ['a flat list', ['Authorization', 'Basic mine']],
    ['pairs', new Map([['authorization', 'Basic mine']])],
  ])('wins in %s', async (_form, headers) => {
    const { server, manager, dispatcher } = await setStage({ server: { authorize: () => false } });
    const options = { headers } as { headers: Record<string, string> };
    expect((await send(dispatcher, server.url, options)).status).toBe(401);
    expect(server.requests.map((request) => request.headers.authorization)).toEqual(['Basic mine']);
    expect(manager.stats()).toMatchObject({ runs: 0, refusals: 0 });
  });

  it.each<[string, unknown]>([
    ['a record', { accept: 'x/y', authorization: undefined }],
    ['a flat list', ['accept', 'x/y']],
    ['pairs', new Map([['accept', 'x/y']])],
  ])('is missing in %s, and the other headers stay', async (_form, headers) => {
    const { server, dispatcher } = await setStage();
    await send(dispatcher, server.url, { headers } as { headers: Record<string, string> });
    expect(server.requests[0]).toMatchObject({ token: 'token-1', headers: { accept: 'x/y' } });
  });

  it('goes out under the current certificate, for which it waits once there has been one', async () => {
    const clock = manualClock(Date.now());
    const { server, dispatcher } = await setStage({ clock });
    const own = { headers: { authorization: 'Bearer mine' } };
    await send(dispatcher, server.url, own);
    await send(dispatcher, server.url);
    await send(dispatcher, server.url, own);
    await clock.advance(7_200_000);
    await send(dispatcher, server.url, own);
    expect(server.requests.map(({ token, commonName }) => [token, commonName])).toEqual([
      ['mine', undefined],
      ['token-1', 'client-1'],
      ['mine', 'client-1'],
      ['mine', 'client-2'],
    ]);
  });
});
