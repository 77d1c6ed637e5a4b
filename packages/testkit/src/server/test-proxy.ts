import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { serveSocks } from './socks-server.js';
import { createTestAuthority, type TestAuthority } from './test-authority.js';

/** A user name and a password. */
export interface TestProxyLogin {
  readonly user: string;
  readonly password: string;
}

export interface TestProxyOptions {
  /** How it is spoken to. Default `http`. */
  readonly protocol?: 'http' | 'https' | 'socks5';
  /** Signs for it where it speaks TLS. Default: one of its own. */
  readonly authority?: TestAuthority;
  /** Whom alone it lets in. Default: everybody. */
  readonly login?: TestProxyLogin;
  /** `refuse`: it opens no tunnel, and says so. `silence`: it takes connections, and never answers. Default `open`. */
  readonly answer?: 'open' | 'refuse' | 'silence';
}

/** What a proxy was asked for. */
export interface TestTunnel {
  /** `host:port`, as the client named it. */
  readonly target: string;
  /** Who has asked, where they have said so. */
  readonly login: TestProxyLogin | undefined;
  /** Whether the client has presented a certificate to the proxy itself. */
  readonly hasCertificate: boolean;
  /** Whether bytes still go through. */
  readonly isOpen: boolean;
}

/** A proxy on loopback that remembers what it was asked, and what has passed. Every host is this machine to it. */
export interface TestProxy extends AsyncDisposable {
  /** With user name and password where it wants some. */
  readonly url: string;
  /** Host and port, as errors name it. */
  readonly name: string;
  /** The authority that has signed for it, PEM text. */
  readonly ca: string;
  /** In the order in which they were asked for, those that were refused among them. */
  readonly tunnels: readonly TestTunnel[];
  /** Connections that are open to it now. */
  readonly connections: number;
  /** All that it could read: requests, and what has passed in either direction. Latin-1. */
  readonly seen: () => string;
  /** Ends every connection and stops listening. Idempotent. */
  close(): Promise<void>;
}

/** Starts a proxy for tests. */
export async function startTestProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const { protocol = 'http', login } = options;
  const authority = options.authority ?? (await createTestAuthority());
  const relay = new Relay(options);
  const server = await makeServer(relay, protocol, authority);
  server.on('connection', (socket: Socket) => relay.keep(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const name = `${protocol === 'https' ? 'localhost' : '127.0.0.1'}:${(server.address() as AddressInfo).port}`;
  const who = login
    ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@`
    : '';
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    relay.destroyAll();
    await closed;
  };
  return {
    url: `${protocol}://${who}${name}`,
    name,
    ca: authority.certificate,
    tunnels: relay.tunnels,
    get connections() {
      return relay.clients;
    },
    seen: () => relay.seen(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function makeServer(
  relay: Relay,
  protocol: 'http' | 'https' | 'socks5',
  authority: TestAuthority,
): Promise<Server> {
  if (protocol === 'socks5') {
    return net.createServer((socket) => {
      serveSocks(socket, relay).catch(() => socket.destroy());
    });
  }
  const { certificate: cert, privateKey: key } = await authority.issueServerCertificate();
  const server =
    protocol === 'http'
      ? http.createServer()
      : https.createServer({ cert, key, requestCert: true, rejectUnauthorized: false });
  server.on('request', (request, response) => {
    relay.note(`${request.method} ${request.url} ${JSON.stringify(request.rawHeaders)}`);
    response.writeHead(400).end();
  });
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) =>
    connectByHttp(relay, request, client as Socket, head),
  );
  return server;
}

function connectByHttp(relay: Relay, request: IncomingMessage, client: Socket, head: Buffer): void {
  const { url: target = '', headers, rawHeaders } = request;
  relay.note(`CONNECT ${target} ${JSON.stringify(rawHeaders)}`);
  const tunnel = relay.ask(target, loginIn(headers['proxy-authorization']), client);
  if (relay.answer === 'silence') {
    // Else it would not notice that the client leaves.
    client.resume().once('end', () => client.destroy());
    return;
  }
  if (!relay.letsIn(tunnel)) {
    client.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
  } else if (relay.answer === 'refuse') {
    client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nno way');
  } else {
    if (head.length > 0) client.unshift(head);
    relay.open(tunnel, client, () => client.write('HTTP/1.1 200 Connection Established\r\n\r\n'));
  }
}

function loginIn(header: string | undefined): TestProxyLogin | undefined {
  const [, encoded] = /^Basic (.+)$/.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [user = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  return { user, password: password.join(':') };
}

type OpenTunnel = { -readonly [Name in keyof TestTunnel]: TestTunnel[Name] };

/** What all kinds of proxies do: judge, remember, and pass bytes on. */
export class Relay {
  readonly answer: NonNullable<TestProxyOptions['answer']>;
  readonly tunnels: OpenTunnel[] = [];
  readonly #login: TestProxyLogin | undefined;
  readonly #passed: Buffer[] = [];
  readonly #sockets = new Set<Socket>();
  #clients = 0;

  constructor({ answer = 'open', login }: TestProxyOptions) {
    this.answer = answer;
    this.#login = login;
  }

  get clients(): number {
    return this.#clients;
  }

  /** Whether it asks who is there. */
  get wantsLogin(): boolean {
    return this.#login !== undefined;
  }

  keep(socket: Socket): void {
    this.#clients += 1;
    socket.once('close', () => {
      this.#clients -= 1;
    });
    this.#hold(socket);
  }

  note(text: string | Buffer): void {
    this.#passed.push(Buffer.from(text as string));
  }

  seen(): string {
    return Buffer.concat(this.#passed).toString('latin1');
  }

  /** Remembers that `client` wants to be connected. */
  ask(target: string, login: TestProxyLogin | undefined, client: Socket): OpenTunnel {
    const certificate = (client as Partial<TLSSocket>).getPeerCertificate?.();
    const hasCertificate = Object.keys(certificate ?? {}).length > 0;
    const tunnel = { target, login, hasCertificate, isOpen: false };
    this.tunnels.push(tunnel);
    return tunnel;
  }

  letsIn({ login }: Pick<TestTunnel, 'login'>): boolean {
    return (
      this.#login === undefined ||
      (login?.user === this.#login.user && login.password === this.#login.password)
    );
  }

  /** Passes on what comes, once it is connected. */
  open(tunnel: OpenTunnel, client: Socket, opened: () => void): void {
    const server = net.connect(Number(tunnel.target.split(':').at(-1)), '127.0.0.1', () => {
      tunnel.isOpen = true;
      opened();
      for (const [from, to] of [[client, server] as const, [server, client] as const]) {
        from.on('data', (chunk) => this.note(chunk));
        from.pipe(to);
      }
    });
    this.#hold(server);
    for (const [one, other] of [[client, server] as const, [server, client] as const]) {
      one.on('error', () => {});
      one.once('close', () => {
        tunnel.isOpen = false;
        other.destroy();
      });
    }
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
