import { controlledSource, polluted, type RecordedRequest } from '@keyturn/testkit';
import { FormData } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { setStage, startServer } from '../../test/stage.js';
import { CredentialDispatcher } from './credential-dispatcher.js';

type Options = Record<string, unknown>;

const bytes = (): Buffer => Buffer.from('some bytes');

function form(): FormData {
  const made = new FormData();
  made.set('field', 'some bytes');
  return made;
}

/** What a caller gives, and what it does to that afterwards. */
const changes: readonly [string, () => Options, (options: Options, other: URL) => void][] = [
  ['origin', () => ({}), (options, other) => Object.assign(options, { origin: other.origin })],
  [
    'an origin that is a URL',
    () => ({ asUrl: true }),
    (options, other) => Object.assign(options.origin as URL, { port: other.port }),
  ],
  ['path', () => ({}), (options) => Object.assign(options, { path: '/other' })],
  ['method', () => ({}), (options) => Object.assign(options, { method: 'DELETE' })],
  [
    'headers',
    () => ({}),
    (options) => Object.assign(options, { headers: { authorization: 'Basic other' } }),
  ],
  [
    'a record of headers',
    () => ({ headers: { 'x-own': 'kept' } }),
    ({ headers }) => Object.assign(headers as object, { 'x-own': 'changed', 'x-more': 'yes' }),
  ],
  [
    'a list of values',
    () => ({ headers: { 'x-own': ['kept'] } }),
    ({ headers }) => (headers as Record<string, string[]>)['x-own']?.push('more'),
  ],
  [
    'a flat list of headers',
    () => ({ headers: ['x-own', 'kept'] }),
    ({ headers }) => (headers as string[]).splice(1, 1, 'changed'),
  ],
  [
    'pairs',
    () => ({ headers: new Map([['x-own', 'kept']]) }),
    ({ headers }) => (headers as Map<string, string>).set('x-own', 'changed'),
  ],
  ['query', () => ({ query: { a: ['1'] } }), ({ query }) => (query as { a: string[] }).a.push('2')],
  ['a Buffer', () => ({ body: bytes() }), ({ body }) => (body as Buffer).fill('x')],
  [
    'a Uint8Array',
    () => ({ body: new Uint8Array(bytes()) }),
    ({ body }) => (body as Uint8Array).fill(0x78),
  ],
  [
    'an ArrayBuffer',
    () => ({ body: new Uint8Array(bytes()).buffer }),
    ({ body }) => new Uint8Array(body as ArrayBuffer).fill(0x78),
  ],
  ['a form', form as never, ({ body }) => (body as FormData).set('field', 'changed')],
];

/** As the server saw it, but for who asks. */
function seen({ method, path, headers, body }: RecordedRequest): unknown[] {
  const text = String(body).replaceAll(/-{4,}\S+/g, 'boundary');
  return [method, path, headers['x-own'], headers['x-more'], text];
}

async function stage() {
  const source = controlledSource();
  const set = await setStage({
    source,
    server: { authorize: ({ token }) => token === 'token-2' },
  });
  const other = await startServer();
  return { ...set, source, other };
}

describe.each(['during the first wait', 'during the reload behind a 401'])('%s', (when) => {
  it.each(changes)('a change of %s comes too late', async (name, give, change) => {
    const { server, other, dispatcher, source } = await stage();
    const { asUrl, ...given } = name === 'a form' ? { body: form() } : give();
    const origin = asUrl ? new URL(server.url) : server.url;
    const options: Options = { origin, path: '/x', method: 'POST', ...given };
    const answer = dispatcher.request(options as never);
    const first = await source.nextLoad();
    if (when === 'during the first wait') change(options, new URL(other.url));
    first.succeed({ token: 'token-1' });
    const second = await source.nextLoad();
    if (when !== 'during the first wait') change(options, new URL(other.url));
    second.succeed({ token: 'token-2' });
    const { statusCode, body } = await answer;
    await body.text();
    expect([statusCode, other.requests.length]).toEqual([200, 0]);
    const x = give().headers === undefined ? undefined : 'kept';
    const query = name === 'query' ? '?a=1' : '';
    const sent = { 'a form': expect.stringContaining('some bytes') }[name];
    const text = sent ?? (give().body === undefined ? '' : 'some bytes');
    expect(server.requests.map(seen)).toEqual(
      Array(2).fill(['POST', `/x${query}`, x, undefined, text]),
    );
    expect(server.requests.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
  });
});

it('reads an option once, and judges what it has read', async () => {
  const { server, dispatcher } = await setStage();
  const other = await startServer();
  const answers = [server.url, other.url];
  const options = {
    path: '/x',
    method: 'GET',
    get origin() {
      return answers.shift() ?? other.url;
    },
  };
  const { body } = await dispatcher.request(options as never);
  await body.text();
  expect([server.requests.length, other.requests.length]).toEqual([1, 0]);
});

describe('what stands on Object.prototype', () => {
  const values = (evil: string): Record<string, unknown> => ({
    query: { stolen: 'yes' },
    body: 'more',
    headers: { authorization: 'Basic other' },
    'x-more': ['yes'],
    upgrade: 'websocket',
    origins: [evil],
    socketPath: '/nowhere',
    servername: 'evil.example',
    connect: { port: 1 },
    makeInner: () => undefined,
    tls: { rejectUnauthorized: false },
    rejectUnauthorized: false,
    lookup: () => {},
    proxy: evil,
    replay: false,
    allowInsecure: true,
    connections: 0,
    factory: () => undefined,
    interceptors: [() => undefined],
    ca: 'none',
    maxRedirections: 3,
    dispatcher: {},
  });

  it.each([true, false])('changes no request: enumerable %s', async (enumerable) => {
    const { server, manager } = await setStage({
      server: { authorize: ({ token }) => token !== 'token-1' },
    });
    await manager.current();
    const evil = await startServer();
    const { dispatcher, answer } = polluted(
      values(evil.url),
      () => {
        const dispatcher = new CredentialDispatcher(manager, {
          origins: [server.url],
          tls: { ca: server.ca },
        });
        const headers = { 'x-own': 'kept' };
        const request = { origin: server.url, path: '/x', method: 'GET', headers } as const;
        return { dispatcher, answer: dispatcher.request(request) };
      },
      { enumerable },
    );
    onTestFinished(() => dispatcher.destroy());
    const { statusCode, body } = await answer;
    await body.text();
    expect(statusCode).toBe(200);
    expect(evil.requests).toEqual([]);
    expect(server.requests.map(seen)).toEqual(Array(2).fill(['GET', '/x', 'kept', undefined, '']));
    expect(server.requests.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
  });
});
