import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import {
  createTestAuthority,
  startTestProxy,
  type TestProxy,
  type TestProxyOptions,
} from '@keyturn/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { tunnelsFor } from './proxy-tunnels.js';
import type { TunnelTarget } from './tunnel-target.js';

const authority = createTestAuthority();

async function startProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const proxy = await startTestProxy({ authority: await authority, ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** A server that sends back what it gets. @returns its port */
async function startEcho(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A proxy that answers everything with `answer`, and then ends. */
async function startOdd(answer: string | Buffer): Promise<string> {
  return startListening((socket) => socket.once('data', () => socket.end(answer)));
}

/** @returns host and port of a server that serves each connection by `serve` */
async function startListening(serve: (socket: Socket) => unknown): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A proxy that answers one byte at a time. */
async function startSlow(answer: string): Promise<string> {
  return startListening((socket) => {
    socket.setNoDelay(true).once('data', async () => {
      for (const byte of Buffer.from(answer)) {
        await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
      }
      socket.end();
    });
  });
}

/** Resolves with what an opening has failed with, in which no password stands. */
async function failureOf(opening: Promise<Socket>): Promise<Error & { readonly code?: string }> {
  const failed = await opening.then(
    () => undefined,
    (error: Error) => error,
  );
  expect(failed).toMatchObject({ code: 'ERR_PROXY' });
  // In words, and as an http proxy is told it.
  expect(inspect(failed, { depth: 9, showHidden: true })).not.toMatch(/s3cret|hush|c29tZWJvZHk/);
  return failed as Error;
}

const nowhere: TunnelTarget = { host: 'api.example', port: 443 };
const login = { user: 'somebody', password: 's3cret/%' };

describe.each(['http', 'https', 'socks5'] as const)('a proxy of %s', (protocol) => {
  const tls = async () => ({ ca: (await authority).certificate });

  it('opens a tunnel to what only it can look up, with its login', async () => {
    const proxy = await startProxy({ protocol, login });
    const port = await startEcho();
    const tunnel = await tunnelsFor(proxy.url, await tls()).open({ host: 'inner.example', port });
    tunnel.write('hello');
    expect(String((await once(tunnel, 'data'))[0])).toBe('hello');
    tunnel.destroy();
    expect(proxy.tunnels).toMatchObject([{ target: `inner.example:${port}`, login }]);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
    ['2001:db8::10:0:1', '[2001:db8::10:0:1]'],
  ])('is told the address %s', async (host, name) => {
    const proxy = await startProxy({ protocol });
    const port = await startEcho();
    (await tunnelsFor(proxy.url, await tls()).open({ host, port })).destroy();
    const [{ target = '' } = {}] = proxy.tunnels;
    expect(new URL(`http://${target}`).host).toBe(`${name}:${port}`);
  });

  it('that refuses is named with the reason', async () => {
    const proxy = await startProxy({ protocol, login, answer: 'refuse' });
    const { message } = await failureOf(tunnelsFor(proxy.url, await tls()).open(nowhere));
    expect(message).toContain(`The proxy "${proxy.name}"`);
    expect(message).toMatch(/"api\.example:443"(?: with status 403|: its rules forbid it)/);
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it.each([
    ['none', '', 'it wants a user name and a password'],
    ['another one', 'somebody:hush@', 'it wants another user name or password'],
  ])('that wants a login and is told %s says so', async (_, told, words) => {
    const proxy = await startProxy({ protocol, login });
    const url = proxy.url.replace(/\/\/.*@/, `//${told}`);
    const { message } = await failureOf(tunnelsFor(url, await tls()).open(nowhere));
    expect(message).toContain(words);
  });

  it.each([
    ['a signal', () => ({ signal: AbortSignal.timeout(20) }), 'TimeoutError'],
    ['its time limit', () => ({ timeoutMs: 20 }), 'CredentialError'],
  ])(
    'that never answers is given up by %s, and its connection closes',
    async (_, options, name) => {
      const proxy = await startProxy({ protocol, answer: 'silence' });
      const opening = tunnelsFor(proxy.url, await tls()).open(nowhere, options());
      await expect(opening).rejects.toMatchObject({ name });
      await expect.poll(() => proxy.connections).toBe(0);
    },
  );

  it('that is not there is named', async () => {
    const proxy = await startProxy({ protocol, login });
    await proxy.close();
    const { message } = await failureOf(tunnelsFor(proxy.url, await tls()).open(nowhere));
    expect(message).toBe(`The proxy "${proxy.name}" cannot be reached (ECONNREFUSED).`);
  });
});

it.each(['a\r\nX-Evil: 1', 'a b', 'a\0', 'b\u00fccher.example', 'fe80::1%eth0', ''])(
  'is told of no host %j',
  async (host) => {
    for (const protocol of ['http', 'socks5'] as const) {
      const proxy = await startProxy({ protocol });
      const { message } = await failureOf(tunnelsFor(proxy.url).open({ host, port: 443 }));
      expect(message).toContain('cannot be told of the host "');
      expect(proxy.seen()).toBe('');
    }
  },
);

it('gives up at once where the signal has aborted already', async () => {
  const proxy = await startProxy();
  const signal = AbortSignal.abort(new Error('never mind'));
  await expect(tunnelsFor(proxy.url).open(nowhere, { signal })).rejects.toThrow('never mind');
  expect(proxy.tunnels).toEqual([]);
});

describe('an https proxy', () => {
  it('that nobody has vouched for is not told anything', async () => {
    const proxy = await startProxy({ protocol: 'https', login });
    const { message } = await failureOf(tunnelsFor(proxy.url).open(nowhere));
    expect(message).toMatch(
      /cannot be verified \(\w+\)\. Have Node trust its authority, by NODE_EXTRA_CA_CERTS/,
    );
    expect(proxy.tunnels).toEqual([]);
  });

  it('is verified although the server is not', async () => {
    const proxy = await startProxy({ protocol: 'https' });
    const tunnels = tunnelsFor(proxy.url, { rejectUnauthorized: false, servername: 'api.example' });
    expect((await failureOf(tunnels.open(nowhere))).message).toContain('cannot be verified');
  });

  it('is believed by its own name, whatever that of the server is', async () => {
    const proxy = await startProxy({ protocol: 'https' });
    const { certificate: ca } = await authority;
    const tunnels = tunnelsFor(proxy.url, { ca, servername: 'api.example' });
    (await tunnels.open({ host: 'x', port: await startEcho() })).destroy();
    const { port } = new URL(proxy.url);
    // Nobody has signed for this name.
    const { message } = await failureOf(
      tunnelsFor(`https://127.0.0.2:${port}`, { ca }).open(nowhere),
    );
    expect(message).toMatch(/cannot be reached/);
  });

  it('is believed by the authority of now, where that rotates', async () => {
    const proxy = await startProxy({ protocol: 'https' });
    const { certificate } = await authority;
    const other = (await createTestAuthority()).certificate;
    const ask = vi.fn();
    ask.mockReturnValueOnce({ generation: 1, pem: other });
    ask.mockReturnValue({ generation: 2, pem: certificate });
    const tunnels = tunnelsFor(proxy.url, {}, { ask } as never);
    await failureOf(tunnels.open(nowhere));
    (await tunnels.open({ host: 'x', port: await startEcho() })).destroy();
  });
});

describe('what is no proxy', () => {
  const noHttp = 'answered CONNECT with something that is no HTTP';
  const noSocks = 'gave an answer that is no SOCKS5';
  const badRequest = 'HTTP/1.1 400 Bad Request\r\n\r\n';

  it.each([
    ['http', 'another protocol', 'SSH-2.0-OpenSSH\r\n\r\n', noHttp],
    ['http', 'something endless', 'x'.repeat(70_000), noHttp],
    ['http', 'an endless head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`, noHttp],
    ['http', 'half a line', 'HTTP/1.1 2', 'closed the connection before it answered CONNECT'],
    ['http', 'nothing', '', 'closed the connection before it answered CONNECT'],
    ['socks5', 'HTTP', badRequest, noSocks],
    ['socks5', 'a way in that was not offered', '\x05\x01', noSocks],
    ['socks5', 'a reply of SOCKS4', '\x05\0\x04\0\0\x01\0\0\0\0\0\0', noSocks],
    ['socks5', 'an address of no kind', '\x05\0\x05\0\0\x09\0\0\0\0\0\0', noSocks],
    ['socks5', 'one byte', '\x05', 'closed the connection before it had answered'],
    ['https', 'HTTP', badRequest, 'cannot be reached over TLS'],
  ])('where %s is spoken and %s comes fails in words', async (protocol, _, answer, words) => {
    const name = await startOdd(answer);
    const url = `${protocol}://somebody:s3cret@${name}`;
    const { message } = await failureOf(tunnelsFor(url).open(nowhere));
    expect(message).toContain(`The proxy "${name}" ${words}`);
  });

  it.each([
    ['http', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['socks5', '\x05\0\x05\0\0\x03\x02hi\0\x50'],
  ])('is what it is, however slowly an answer of %s comes', async (protocol, answer) => {
    const name = await startSlow(`${answer}first words`);
    const tunnel = await tunnelsFor(`${protocol}://${name}`).open(nowhere);
    expect(await text(tunnel)).toBe('first words');
  });

  it('keeps what comes right behind the answer for whoever reads the tunnel', async () => {
    const name = await startOdd('HTTP/1.0 200 OK\r\nVia: x\r\n\r\nfirst words');
    const tunnel = await tunnelsFor(`http://${name}`).open(nowhere);
    expect(String((await once(tunnel, 'data'))[0])).toBe('first words');
    tunnel.destroy();
  });
});

it('shows the password to nobody who listens to the requests of node:http', async () => {
  const { channel } = await import('node:diagnostics_channel');
  const seen: unknown[] = [];
  const listen = (message: unknown): unknown => seen.push(message);
  channel('http.client.request.start').subscribe(listen);
  const proxy = await startProxy({ login });
  (await tunnelsFor(proxy.url).open({ host: 'x', port: await startEcho() })).destroy();
  channel('http.client.request.start').unsubscribe(listen);
  expect(seen).toEqual([]);
});
