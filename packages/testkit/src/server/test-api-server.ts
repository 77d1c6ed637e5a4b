import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SecureVersion, TlsOptions, Server as TlsServer } from 'node:tls';
import type { ClientCertificate } from '@keyturn/core';
import { type RecordedRequest, recordRequest } from './recorded-request.js';
import { ServerConnections } from './server-connections.js';
import { makeServer, onArrival, readyEvent, type ServerProtocol } from './server-protocol.js';
import { createTestAuthority, type TestAuthority } from './test-authority.js';

export interface TestApiServerOptions {
  /** Issues the server's certificate and those of the clients it knows. Default: one of its own. */
  readonly authority?: TestAuthority;
  /** Speak plain HTTP. Default false. */
  readonly plainHttp?: boolean;
  /** Default `http/1.1`. */
  readonly protocol?: ServerProtocol;
  /**
   * `ignore`: no client certificate is asked for. `request` (default): it is asked for, and `authorize` judges,
   * as a Kubernetes API server does. `require`: the TLS layer refuses a connection without a valid one.
   */
  readonly clientCertificate?: 'ignore' | 'request' | 'require';
  /** Judges a request; false is answered with 401. Default: everything is allowed. */
  readonly authorize?: (request: RecordedRequest) => boolean;
  /**
   * Answers an authorized request; what it returns is waited for and then forgotten, and what it throws becomes a 500.
   * Default: 200 and a JSON object that tells what arrived, without secrets.
   */
  readonly respond?: (
    request: IncomingMessage,
    response: ServerResponse,
    recorded: RecordedRequest,
  ) => unknown;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** How many of the latest requests `requests` keeps. Default: all of them. */
  readonly keepRequests?: number;
}

/** A server on loopback that remembers what it was asked. */
export interface TestApiServer extends AsyncDisposable {
  /** `https://localhost:PORT`, without a slash at the end. It answers at `127.0.0.1` as well. */
  readonly url: string;
  /** The certificate to trust, PEM text. */
  readonly ca: string;
  readonly authority: TestAuthority;
  /** Requests in the order in which they were whole. */
  readonly requests: readonly RecordedRequest[];
  readonly connections: TestApiConnections;
  /** Shows this certificate on the connections to come, as a server does whose own was renewed. */
  presentCertificate(pair: ClientCertificate): void;
  /** Ends every connection, busy ones too, and stops listening. Idempotent. */
  close(): Promise<void>;
}

/** The connections of a server; one whose TLS handshake failed is none. */
export interface TestApiConnections {
  /** Accepted so far. */
  readonly opened: number;
  readonly open: number;
  /** Tells whether the connection with this number, as in `RecordedRequest`, is still open. */
  isOpen(number: number): boolean;
  /** Ends the connection with this number without a word, as a server that breaks down does. */
  cut(number: number): void;
}

/** Starts a server on a free port of 127.0.0.1. Connections stay open between requests until someone closes them. */
export async function startTestApiServer(
  options: TestApiServerOptions = {},
): Promise<TestApiServer> {
  const authority = options.authority ?? (await createTestAuthority());
  const { plainHttp: plain = false, protocol = 'http/1.1' } = options;
  const tls = plain ? undefined : await tlsOptions(authority, options);
  const server = makeServer(protocol, tls);
  // A connection that the server closes on its own would look like a drained one, or fail a request by chance.
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = 0;
  const connections = new ServerConnections(server, readyEvent(protocol, plain));
  const requests: RecordedRequest[] = [];

  onArrival(server, protocol, ({ request, response, carrier, unpack }) => {
    const connection = connections.numberOf(carrier);
    recordRequest(request, response, connection, unpack)
      .then((recorded) => {
        requests.push(recorded);
        if (requests.length > (options.keepRequests ?? Infinity)) requests.shift();
        return answer(request, response, recorded, options);
      })
      .catch(() => fail(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    connections.destroyAll();
    await closed;
  };
  const { port } = server.address() as AddressInfo;
  return {
    url: `${plain ? 'http' : 'https'}://localhost:${port}`,
    ca: authority.certificate,
    authority,
    requests,
    connections,
    presentCertificate: ({ certificate, privateKey }) => {
      (server as TlsServer).setSecureContext({ ...tls, cert: certificate, key: privateKey });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

// Keys and signatures take more time than most tests: one certificate serves every server of an authority.
const certificates = new WeakMap<TestAuthority, Promise<ClientCertificate>>();

function certificateOf(authority: TestAuthority): Promise<ClientCertificate> {
  const issued = certificates.get(authority) ?? authority.issueServerCertificate();
  certificates.set(authority, issued);
  return issued;
}

async function tlsOptions(
  authority: TestAuthority,
  { clientCertificate, minVersion, maxVersion }: TestApiServerOptions,
): Promise<TlsOptions> {
  const { certificate, privateKey } = await certificateOf(authority);
  return {
    cert: certificate,
    key: privateKey,
    ca: authority.certificate,
    requestCert: clientCertificate !== 'ignore',
    rejectUnauthorized: clientCertificate === 'require',
    minVersion,
    maxVersion,
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  recorded: RecordedRequest,
  { authorize, respond }: TestApiServerOptions,
): Promise<void> {
  if (authorize?.(recorded) === false) return refuse(response);
  if (respond !== undefined) {
    await respond(request, response, recorded);
    return;
  }
  const { method, path, body, commonName, connection, headers } = recorded;
  const contentType = headers['content-type'];
  sendJson(response, 200, {
    method,
    path,
    bytes: body.length,
    contentType,
    commonName,
    connection,
  });
}

/** Answers as a Kubernetes API server answers who does not say who they are. */
function refuse(response: ServerResponse): void {
  response.setHeader('www-authenticate', 'Bearer');
  sendJson(response, 401, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Unauthorized',
    reason: 'Unauthorized',
    code: 401,
  });
}

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy();
  else sendJson(response, 500, { error: 'The test server failed to answer.' });
}

/** Sends `value` as the whole answer. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
