import { once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { controlledSource } from '@keyturn/testkit';
import { expect, it } from 'vitest';
import { type Http2Recorded, http2Scene, readHttp2 } from '../../test/http2-scene.js';
import { numberedSource } from '../../test/scene.js';

const numberIn = (name: string): number => Number(name.split('-')[1]);

it('presents the new certificate on a new session after a rotation', async () => {
  await using at = await http2Scene(numberedSource('both'));
  const bodies = [(await at.get()).body];
  await at.manager.refresh();
  bodies.push((await at.get()).body);
  expect(bodies).toEqual(['client-1', 'client-2']);
  expect(at.server.requests.map(({ session }) => session)).toEqual([1, 2]);
});

it('opens no session when only the token rotates', async () => {
  await using at = await http2Scene(numberedSource());
  for (let count = 0; count < 3; count += 1) {
    await at.get();
    await at.manager.refresh();
  }
  expect(at.server.requests.map(({ token, session }) => [token, session])).toEqual([
    ['token-1', 1],
    ['token-2', 1],
    ['token-3', 1],
  ]);
});

it('closes an idle old session at once, a busy one after its last stream', async () => {
  let release = (): void => {};
  const respond = (stream: ServerHttp2Stream, { path, commonName }: Http2Recorded): void => {
    stream.respond({ ':status': 200 });
    stream.write(`${commonName} began`);
    release = () => stream.end(' and ended');
    if (path !== '/slow') release();
  };
  await using at = await http2Scene(numberedSource('both'), {}, { respond });
  const slow = await at.client.get(`${at.server.url}/slow`);
  const [old] = at.server.sessions;
  const finish = release;
  await at.manager.refresh();
  await at.get();
  expect(at.server.sessions.size).toBe(2);
  finish();
  expect((await readHttp2(slow)).body).toBe('client-1 began and ended');
  if (old?.closed === false) await once(old, 'close');
  const [current] = at.server.sessions;
  await at.manager.refresh();
  if (current?.closed === false) await once(current, 'close');
  expect(at.server.sessions.size).toBe(0);
});

it('closes an old session, whatever has become of the requests that were given up or refused before it', async () => {
  await using at = await http2Scene(numberedSource('both'));
  await at.manager.current();
  const abort = new AbortController();
  const left = at.client.get(at.server.url, { signal: abort.signal });
  abort.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  await at.get();
  const impossible = at.client.get(at.server.url, { headers: { ':odd': 'pseudo' } });
  await expect(impossible).rejects.toThrow();
  await at.manager.refresh();
  await expect.poll(() => at.server.sessions.size).toBe(0);
});

it('keeps no session with the certificate for who waited for it when it was unbound', async () => {
  await using at = await http2Scene(numberedSource('both'));
  await at.manager.current();
  const waiting = at.get();
  at.binding.unbind();
  expect((await waiting).body).toBe('nobody');
  await expect.poll(() => at.server.sessions.size).toBe(1);
});

it('loses no request that is queued on a session still connecting when the certificate rotates', async () => {
  await using at = await http2Scene(numberedSource('both'));
  await at.manager.current();
  const queued = Array.from({ length: 20 }, () => at.get());
  await at.manager.refresh();
  const statuses = (await Promise.all(queued)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200]));
});

it('cuts a request after drainTimeoutMs, and says why', async () => {
  const respond = (stream: ServerHttp2Stream): void => {
    stream.respond({ ':status': 200 });
    stream.write('the beginning');
  };
  await using at = await http2Scene(numberedSource('both'), { drainTimeoutMs: 10 }, { respond });
  const reading = readHttp2(await at.client.get(at.server.url));
  await at.manager.refresh();
  await expect(reading).rejects.toMatchObject({ code: 'ERR_CONNECTION_DRAINED' });
});

it('replaces a session that the server is closing, and one that is dead', async () => {
  await using at = await http2Scene(numberedSource('both'));
  await at.get();
  const [leaving] = at.server.sessions;
  const left = leaving && once(leaving, 'close');
  // It says GOAWAY, and the client answers by closing it.
  leaving?.close();
  await left;
  expect((await at.get()).status).toBe(200);
  for (const session of at.server.sessions) session.destroy();
  // A request that is sent before the client has seen it fails, as on any connection.
  await expect.poll(async () => (await at.get()).status).toBe(200);
  expect(at.server.requests.map(({ session }) => session)).toEqual([1, 2, 3]);
});

it('sends a request once more that the server has certainly not acted on', async () => {
  let refusals = 0;
  const respond = (stream: ServerHttp2Stream): void => {
    refusals += 1;
    if (refusals === 1) stream.close(7);
    else stream.respond({ ':status': 200 }, { endStream: true });
  };
  await using at = await http2Scene(numberedSource(), {}, { respond });
  expect((await at.get()).status).toBe(200);
  expect(refusals).toBe(2);
});

it('counts a refused certificate as a refusal', async () => {
  const tokenOnly = { token: 'alone' };
  const both = await numberedSource('both').load({
    reason: 'initial',
    signal: new AbortController().signal,
  });
  const loads = [tokenOnly, both];
  const source = { name: 'late', load: async () => loads.shift() ?? tokenOnly };
  await using at = await http2Scene(source, {}, { requireCertificate: true });
  expect((await at.get()).body).toBe('client-1');
});

it('stops presenting anything after unbind(), while streams that are open end as they began', async () => {
  let release = (): void => {};
  const respond = (stream: ServerHttp2Stream, { path, commonName }: Http2Recorded): void => {
    stream.respond({ ':status': 200 });
    release = () => stream.end(commonName ?? 'nobody');
    if (path !== '/slow') release();
  };
  await using at = await http2Scene(numberedSource('both'), {}, { respond });
  const slow = await at.client.get(`${at.server.url}/slow`);
  const finish = release;
  at.binding.unbind();
  expect((await at.get()).body).toBe('nobody');
  expect(at.server.requests[1]?.token).toBeUndefined();
  finish();
  expect((await readHttp2(slow)).body).toBe('client-1');
});

it('presents nothing with a replay that comes after unbind()', async () => {
  const source = controlledSource();
  const authorize = ({ token }: Http2Recorded): boolean => token === undefined;
  await using at = await http2Scene(source, {}, { authorize });
  const answer = at.get();
  (await source.nextLoad()).succeed({ token: 'first' });
  const second = await source.nextLoad();
  at.binding.unbind();
  second.succeed({ token: 'second' });
  expect((await answer).status).toBe(200);
  expect(at.server.requests.map(({ token }) => token)).toEqual(['first', undefined]);
});

it.each(['in scope', 'elsewhere'])(
  'lets open streams end after close(), and connects anew: %s',
  async (place) => {
    let release = (): void => {};
    const respond = (stream: ServerHttp2Stream, { path }: Http2Recorded): void => {
      stream.respond({ ':status': 200 });
      release = () => stream.end('whole');
      if (path !== '/slow') release();
    };
    const options = place === 'elsewhere' ? { origins: ['https://elsewhere.example'] } : {};
    await using at = await http2Scene(numberedSource(), options, { respond });
    const slow = await at.client.get(`${at.server.url}/slow`);
    const finish = release;
    at.client.close();
    await at.get();
    finish();
    expect((await readHttp2(slow)).body).toBe('whole');
    expect(at.server.requests.map(({ session }) => session)).toEqual([1, 2]);
  },
);

it('keeps no process alive with an idle session, and keeps it alive with a busy one', async () => {
  const respond = (stream: ServerHttp2Stream): void => {
    stream.respond({ ':status': 200 });
    stream.write('the beginning');
  };
  await using at = await http2Scene(numberedSource(), {}, { respond });
  const { stream } = await at.client.get(at.server.url);
  const sockets = (): number =>
    process.getActiveResourcesInfo().filter((name) => name.startsWith('TCPSocket')).length;
  const busy = sockets();
  stream.destroy();
  await once(stream, 'close');
  expect(busy - sockets()).toBe(1);
});

it('fails nothing and answers nothing with an old identity while the certificate rotates under load', async () => {
  const respond = (stream: ServerHttp2Stream, { path, commonName = '' }: Http2Recorded): void => {
    stream.respond({ ':status': 200 });
    if (path === '/fast') stream.end(commonName);
    else setTimeout(() => stream.destroyed || stream.end(commonName), 5);
  };
  await using at = await http2Scene(numberedSource('both'), {}, { respond });
  const { certificateGeneration: first } = await at.manager.current();
  let isOver = false;
  let stale = 0;
  let requests = 0;
  const work = async (path: string): Promise<void> => {
    while (!isOver) {
      const atLeast = at.manager.peek()?.certificateGeneration ?? first;
      const { body } = await at.get(path);
      requests += 1;
      if (!(numberIn(body) >= atLeast)) stale += 1;
    }
  };
  const workers = Array.from({ length: 16 }, (_, index) => work(index % 2 ? '/fast' : '/slow'));
  for (let rotation = 1; rotation <= 30; rotation += 1) {
    while (requests < 10 * rotation) await delay(1);
    await at.manager.refresh();
  }
  isOver = true;
  await Promise.all(workers);
  expect(stale).toBe(0);
  // The load may have ended before anything was sent with the newest certificate.
  expect(numberIn((await at.get('/fast')).body)).toBe(31);
  await expect.poll(() => at.server.sessions.size).toBe(1);
});
