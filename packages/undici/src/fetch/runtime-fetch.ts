import {
  type ClientCertificate,
  connectionTrust,
  isUnverified,
  type OriginScope,
  type TlsOptions,
  type Trust,
  tlsUnder,
} from '@keyturn/core/binding';
import * as undici from 'undici';
import type { BindFetchOptions } from './bind-fetch.js';
import { FetchHops } from './fetch-hops.js';
import type { FetchResponse, SendFetch } from './fetch-shape.js';

/** A runtime whose built-in fetch takes no dispatcher, and how it is told what a connection needs. */
export interface Runtime {
  readonly name: string;
  /** The options of a binding that nobody there could obey, each with what to do. */
  readonly refused: Readonly<Record<string, string>>;
  /** Tells whether an error of its fetch says that a server could not be verified. */
  readonly isUnverified: (error: unknown) => boolean;
  /** Begins to make connections; returns what gives the options of a call that is to go over one of them. */
  readonly connect: () => ConnectionOptions;
}

type ConnectionOptions = (tls: TlsOptions, certificate: ClientCertificate | undefined) => object;

/** Bun keeps connections apart by these options. */
export const bun: Runtime = {
  name: 'Bun',
  isUnverified,
  refused: {
    minVersion: 'its fetch negotiates the version of TLS by itself',
    maxVersion: 'its fetch negotiates the version of TLS by itself',
  },
  connect: () => (tls, certificate) => ({
    tls: {
      ca: tls.ca,
      serverName: tls.servername,
      rejectUnauthorized: tls.rejectUnauthorized,
      cert: certificate?.certificate,
      key: certificate?.privateKey,
    },
  }),
};

/** Deno has an object for a pool of connections. Authorities of the caller's come beside those that Deno trusts anyhow. */
export const deno: Runtime = {
  name: 'Deno',
  // It has no code.
  isUnverified: (error) =>
    /invalid peer certificate/.test(String((error as Error)?.cause ?? error)),
  refused: {
    servername: 'its fetch asks for the host of the URL',
    rejectUnauthorized: 'its fetch verifies every server',
    minVersion: 'its fetch negotiates the version of TLS by itself',
    maxVersion: 'its fetch negotiates the version of TLS by itself',
  },
  connect: () => {
    const clients = new LatestClients();
    return (tls, certificate) => ({ client: clients.get(tls.ca, certificate) });
  },
};

interface DenoGlobal {
  createHttpClient(options: object): object;
}

/** One client for those who present a certificate, and one for those who do not, each for as long as nothing changes. */
class LatestClients {
  readonly #held = new Map<
    boolean,
    { readonly key: readonly unknown[]; readonly client: object }
  >();

  get(ca: TlsOptions['ca'], certificate: ClientCertificate | undefined): object {
    const isNobody = certificate === undefined;
    const key = [ca, certificate?.certificate, certificate?.privateKey];
    const held = this.#held.get(isNobody);
    if (held !== undefined && key.every((part, index) => part === held.key[index])) {
      return held.client;
    }
    // The one before ends when nobody uses it any more.
    const client = makeClient(ca, certificate);
    this.#held.set(isNobody, { key, client });
    return client;
  }
}

function makeClient(ca: TlsOptions['ca'], certificate: ClientCertificate | undefined): object {
  const { Deno } = globalThis as unknown as { readonly Deno: DenoGlobal };
  const caCerts = (ca === undefined ? [] : [ca]).flat().map(String);
  return Deno.createHttpClient({
    caCerts,
    ...(certificate && { cert: certificate.certificate, key: certificate.privateKey }),
  });
}

/** The runtime that this is, where its fetch takes no dispatcher. */
const runtimeHere: Runtime | undefined =
  'bun' in process.versions ? bun : 'deno' in process.versions ? deno : undefined;

const dispatcherOptions = ['agent', 'makeInner', 'interceptors'] as const;

function refuseForRuntime({ name, refused }: Runtime, options: BindFetchOptions): void {
  const given = dispatcherOptions.find((option) => options[option] !== undefined);
  if (given !== undefined) {
    throw new TypeError(
      `Option "${given}" says nothing to the fetch of ${name}, which takes no dispatcher. Leave it out, or bind the fetch of the package undici.`,
    );
  }
  if (options.proxy !== undefined) {
    throw new TypeError(
      `Option "proxy" says nothing to the fetch of ${name}, which takes no dispatcher. Use bindHttps, or bind the fetch of the package undici.`,
    );
  }
  const tls: Readonly<Record<string, unknown>> = { ...options.tls };
  // To verify is what is done anyhow.
  const asked = Object.keys(refused).find(
    (option) => tls[option] !== undefined && tls[option] !== true,
  );
  if (asked === undefined) return;
  throw new TypeError(
    `Option "tls.${asked}" cannot be obeyed on ${name}: ${refused[asked]}. Leave it out, or use bindHttps.`,
  );
}

/** Makes calls of a fetch that takes no dispatcher go over connections as FetchHops would have them. */
export class RuntimeFetch {
  readonly #scope: OriginScope;
  readonly #tls: TlsOptions | undefined;
  readonly #trust: ReturnType<typeof connectionTrust>;
  readonly #isUnverified: Runtime['isUnverified'];
  readonly #connect: ConnectionOptions;
  #latest: { readonly fetch: SendFetch; readonly over: SendFetch } | undefined;

  /**
   * Returns what the fetch of this runtime needs; undefined for that of undici, which takes a dispatcher everywhere.
   * @throws {TypeError} naming the option that it could not obey, and what to do
   */
  static for(
    fetch: unknown,
    scope: OriginScope,
    options: BindFetchOptions,
    runtime: Runtime | undefined = runtimeHere,
  ): RuntimeFetch | undefined {
    if (runtime === undefined || fetch === undici.fetch) return undefined;
    refuseForRuntime(runtime, options);
    return new RuntimeFetch(runtime, scope, options.tls);
  }

  private constructor(runtime: Runtime, scope: OriginScope, tls: TlsOptions | undefined) {
    this.#scope = scope;
    this.#tls = tls;
    this.#trust = connectionTrust(tls);
    this.#isUnverified = runtime.isUnverified;
    this.#connect = runtime.connect();
  }

  /** Returns `fetch` so that it understands the dispatchers of this binding; each hop has to be a call of its own. */
  over(fetch: SendFetch): SendFetch {
    if (this.#latest?.fetch !== fetch) this.#latest = { fetch, over: this.#makeOver(fetch) };
    return this.#latest.over;
  }

  #makeOver(fetch: SendFetch): SendFetch {
    const send: SendFetch = (input, init = {}) => {
      const { dispatcher, ...rest } = init;
      if (!(dispatcher instanceof FetchHops)) return fetch(input, init);
      const { url, body } =
        typeof input === 'object' && 'url' in input ? input : { url: String(input) };
      const credential = dispatcher.credentialFor(this.#scope.includes(url));
      const certificate = credential?.clientCertificate;
      const needsNothing = this.#tls === undefined && certificate === undefined;
      if (needsNothing || !url.startsWith('https:')) return fetch(input, rest);
      const ask = (trust?: Trust): Promise<FetchResponse> =>
        fetch(input, { ...rest, ...this.#connect(tlsUnder(this.#tls, trust), certificate) });
      if (this.#trust === undefined) return ask();
      // What can be read once is gone with the first try, though nothing of it was sent.
      const isOnce = Boolean(body) || rest.body instanceof ReadableStream;
      return isOnce ? ask(this.#trust.ask()) : this.#trust.connect(ask, this.#isUnverified);
    };
    runtimeFetches.add(send);
    return send;
  }
}

const runtimeFetches = new WeakSet<SendFetch>();

/** Tells whether `fetch` would take a client certificate along wherever a redirect leads. */
export function isRuntimeFetch(fetch: SendFetch): boolean {
  return runtimeFetches.has(fetch);
}
