/** What an attacker would put on Object.prototype: a name that some client reads, and a value that would suit him. */
import { Agent } from 'node:https';
import { connect, createSecureContext } from 'node:tls';
import type { Places } from './hostile-client.js';

/** More about the attacker. Plain data, because it crosses to another process. */
export interface Attack extends Places {
  /** The authority of a server that nobody should trust, PEM text. */
  readonly strangerCa: string;
  /** A client certificate that nobody asked for, PEM text. */
  readonly strangerPair: { readonly certificate: string; readonly privateKey: string };
}

/**
 * Names of each kind that no client hangs for: `npm test` tries these, `npm run test:pollution` all.
 */
export const sampleNames: readonly string[] = [
  'baseURL',
  'hostname',
  'port',
  'defaultPort',
  'socketPath',
  'proxy',
  'authorization',
  'Authorization',
  'method',
  'httpsAgent',
  'createConnection',
  'lookup',
  'adapter',
  'dispatcher',
  'ca',
  'ciphers',
  'rejectUnauthorized',
  'checkServerIdentity',
  'secureContext',
  'servername',
  'token',
  'clientCertificate',
  'passphrase',
  'expiresAt',
  'origins',
  'replay',
  'tls',
];

/** Names of the options that say how a TLS server is verified: they are tried on a server that must not be trusted, too. */
export const verificationNames: readonly string[] = [
  'ca',
  'rejectUnauthorized',
  'checkServerIdentity',
  'secureContext',
  'servername',
  'session',
  'tls',
  'https',
  'agent',
  'httpsAgent',
  'createConnection',
  'allowPartialTrustChain',
  'ciphers',
  'requestCert',
];

/** Names of our own options: they are tried while a client is being bound, too. */
export const bindingNames: readonly string[] = [
  'origins',
  'tls',
  'replay',
  'allowInsecure',
  'drainTimeoutMs',
  'proxy',
  'refusedStatuses',
  'header',
  'agent',
  'session',
  'makeInner',
  'ca',
  'servername',
  'rejectUnauthorized',
  'baseURL',
  'httpsAgent',
  'prefixUrl',
  'maxSockets',
  'source',
  'clock',
  'refreshWindowMs',
];

/** The values by their names, made where they are needed: some are functions. */
export function pollutionValues(attack: Attack): Readonly<Record<string, unknown>> {
  return {
    ...places(attack),
    ...messages,
    ...connections(attack),
    ...credentials(attack),
    ...settings,
  };
}

/** Lead elsewhere. */
function places({ evil }: Attack): Readonly<Record<string, unknown>> {
  const { port, host } = new URL(evil);
  const proxy = { protocol: 'http', host: 'localhost', hostname: 'localhost', port: Number(port) };
  return {
    baseURL: evil,
    prefixUrl: evil,
    url: `${evil}/evil`,
    href: `${evil}/evil`,
    origin: evil,
    origins: [evil],
    host,
    hostname: '127.0.0.1',
    port: Number(port),
    defaultPort: Number(port),
    path: '/evil',
    pathname: '/evil',
    search: '?evil',
    query: { evil: 'evil' },
    protocol: 'http:',
    socketPath: '/nowhere/evil.sock',
    localAddress: '127.0.0.2',
    proxy,
    proxyEnv: { HTTPS_PROXY: `http://localhost:${port}` },
    authority: host,
    ':authority': host,
    ':path': '/evil',
  };
}

/** Say something else. */
const messages: Readonly<Record<string, unknown>> = {
  method: 'PUT',
  headers: { 'x-judged': 'evil', authorization: 'Bearer evil' },
  authorization: 'Bearer evil',
  Authorization: 'Bearer evil',
  auth: 'evil:evil',
  username: 'evil',
  password: 'evil',
  body: 'evil body',
  data: 'evil body',
  json: { evil: true },
  form: { evil: 'evil' },
  params: { evil: 'evil' },
  searchParams: { evil: 'evil' },
  'content-length': '1',
  'transfer-encoding': 'evil',
  setHost: false,
  joinDuplicateHeaders: true,
  uniqueHeaders: ['x-judged'],
  transformRequest: [() => 'evil body'],
  paramsSerializer: { serialize: () => 'evil' },
  endStream: true,
  weight: 1,
};

/** Make the connection otherwise, or with somebody else. */
function connections({ evil, strangerCa }: Attack): Readonly<Record<string, unknown>> {
  const { port } = new URL(evil);
  const anybody = { rejectUnauthorized: false };
  const toEvil = () => connect({ host: 'localhost', port: Number(port), ...anybody });
  return {
    ca: strangerCa,
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    secureContext: createSecureContext({ ca: strangerCa }),
    servername: 'evil.invalid',
    session: Buffer.from('evil'),
    ALPNProtocols: ['evil'],
    ciphers: 'evil',
    minDHSize: 100_000,
    allowPartialTrustChain: true,
    requestCert: false,
    requestOCSP: true,
    pskCallback: () => null,
    tls: { ca: strangerCa, ...anybody },
    https: { certificateAuthority: strangerCa, ...anybody },
    agent: new Agent(anybody),
    agents: { https: new Agent(anybody) },
    httpAgent: new Agent(anybody),
    httpsAgent: new Agent(anybody),
    createConnection: toEvil,
    connect: { port: Number(port), ...anybody },
    lookup: (_host: string, _options: object, done: (error: Error) => void) => {
      done(new Error('evil lookup'));
    },
    dnsLookup: () => 'evil',
    family: 6,
    transport: { request: toEvil },
    adapter: async () => ({ status: 200, data: 'evil', headers: {} }),
    fetch: async () => new Response('evil'),
    env: { fetch: async () => new Response('evil') },
    request: toEvil,
    dispatcher: { dispatch: () => false },
    makeInner: () => ({ dispatch: () => false }),
    http2: true,
    httpVersion: 2,
    h2session: {},
    insecureHTTPParser: true,
    timeout: 1,
    signal: AbortSignal.abort(new Error('evil signal')),
    fd: 987_654,
    highWaterMark: 1,
    autoSelectFamily: false,
    allowH2: true,
  };
}

/** Add a credential, or take one away. */
function credentials({ strangerPair }: Attack): Readonly<Record<string, unknown>> {
  const { certificate, privateKey } = strangerPair;
  return {
    token: 'evil-token',
    clientCertificate: strangerPair,
    certificate,
    privateKey,
    cert: certificate,
    key: privateKey,
    pfx: Buffer.from('evil'),
    passphrase: 'evil',
    expiresAt: 1,
    refreshAt: 1,
    minValidityMs: 1e15,
    state: 'evil',
    generation: 99,
    header: false,
    isOwn: true,
    credential: { token: 'evil-token', generation: 1, certificateGeneration: 1 },
  };
}

/** Change how it goes. */
const settings: Readonly<Record<string, unknown>> = {
  replay: false,
  allowInsecure: true,
  drainTimeoutMs: 1,
  refusedStatuses: [200],
  maxSockets: 1,
  maxRedirects: 0,
  maxBodyLength: 1,
  maxContentLength: 1,
  beforeRedirect: () => {},
  beforeRequest: [() => {}],
  hooks: { beforeRequest: [() => {}] },
  followRedirect: false,
  followRedirects: true,
  validateStatus: () => true,
  cancelToken: { reason: 'evil' },
  responseType: 'stream',
  isStream: true,
  throwHttpErrors: false,
  retry: { limit: 0 },
  recover: () => ({ status: 200 }),
  discard: () => {},
  describe: () => ({ status: 200, headers: {} }),
  canReplay: () => false,
  response: { status: 200 },
  source: { name: 'evil', load: async () => ({ token: 'evil-token' }) },
  clock: { now: () => 1e15, schedule: () => () => {} },
  refreshWindowMs: 1e15,
  refusalLimit: { threshold: 0, intervalMs: 1 },
  isInteractive: () => true,
  reason: new Error('evil'),
  getHeaders: () => ({ evil: 'evil' }),
};
