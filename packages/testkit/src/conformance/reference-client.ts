import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Credential, CredentialManager } from '@keyturn/core';
import {
  authorizationOf,
  type ConnectionTrust,
  carriesHeadersOf,
  connectionTrust,
  isRefusedStatus,
  isRepeatable,
  isSetIn,
  isUnverified,
  type OriginScope,
  otherHeadersOf,
  type ProxyAddress,
  readProxyUrl,
  type Trust,
  tlsUnder,
  withCredential,
} from '@keyturn/core/binding';
import type { BindingSetup, SceneRequest } from './binding-under-test.js';
import { type EncodedBody, encodeBody, writeBody } from './reference-body.js';
import { openTunnel } from './reference-tunnel.js';

/** What the client gives to its user. */
export interface ReferenceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly url: string;
}

/** One request on its way: where it goes now, and how often it was sent. */
export interface Passage {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: EncodedBody;
  readonly signal?: AbortSignal | undefined;
  /** How many redirects have led here. */
  readonly hop: number;
  /** Whether one of the hops before went where no credential may go. */
  readonly hasLeftScope: boolean;
  /** 1, and 2 for the replay. */
  readonly attempt: number;
}

/** An agent whose busy connections end with their request once `isDraining` is true. */
export class DrainingAgent extends https.Agent {
  isDraining = false;
  readonly #openTunnel: OpenTunnel | undefined;

  constructor(options: https.AgentOptions, openTunnel?: OpenTunnel) {
    super(options);
    this.#openTunnel = openTunnel;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    if (this.#openTunnel === undefined) return super.createConnection(options, callback);
    this.#openTunnel(`${options.host}:${options.port}`)
      .then((socket) => {
        const inside: object = { socket };
        const secured = super.createConnection({ ...options, ...inside }) as Duplex;
        callback?.(null, secured);
      })
      .catch((error: Error) => callback?.(error, undefined as never));
    return undefined;
  }

  // Node asks this before it keeps a connection, and looks at the answer; its types know of none.
  override keepSocketAlive(socket: Socket): boolean {
    return !this.isDraining && Boolean(super.keepSocketAlive(socket));
  }

  closeIdle(): void {
    for (const sockets of Object.values(this.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}

/** Opens a tunnel to `host:port`. */
export type OpenTunnel = (target: string) => Promise<Socket>;

export interface ReferenceParts {
  readonly manager: CredentialManager;
  readonly scope: OriginScope;
  readonly setup: BindingSetup;
  readonly refusedStatuses: readonly number[];
}

/**
 * A client of node:https that does everything a binding promises, in the plainest way: one agent for each generation
 * of the certificate. The wrong bindings are this class with one method overridden.
 */
export class ReferenceClient {
  readonly #parts: ReferenceParts;
  readonly #agents = new Map<number, DrainingAgent>();
  #bare: DrainingAgent;
  readonly #trust: ConnectionTrust | undefined;
  /** What all agents were made with. */
  #trusted: Trust | undefined;
  readonly #plain: http.Agent;
  readonly #hooks: ((status: number) => void)[] = [];
  readonly #stopListening: () => void;
  /** Failures of requests whose connection was kept from an earlier one. */
  readonly #underKept = new WeakSet<Error>();
  #latest: Credential | undefined;
  #isBound = true;

  constructor(parts: ReferenceParts) {
    this.#parts = parts;
    this.#trust = connectionTrust(parts.setup.tls);
    this.#trusted = this.#trust?.ask();
    this.#bare = this.makeAgent(this.agentOptions());
    this.#plain = new http.Agent({ keepAlive: true, maxSockets: parts.setup.maxSockets });
    const stopListening = [
      parts.manager.on('rotated', ({ certificateChanged, previous }) => {
        const old = this.#agents.get(previous.certificateGeneration);
        if (certificateChanged && old !== undefined) this.rotated(old);
      }),
      parts.manager.on('closed', () => {
        for (const agent of this.#agents.values()) this.closed(agent);
        this.#agents.clear();
      }),
    ];
    this.#stopListening = () => {
      for (const stop of stopListening) stop();
    };
  }

  async send(
    request: SceneRequest,
    beforeRetry?: () => Promise<unknown>,
  ): Promise<ReferenceAnswer> {
    const passage: Passage = {
      url: new URL(request.url),
      method: request.method,
      headers: this.headersOf(request),
      body: await encodeBody(request.body),
      signal: this.signalOf(request),
      hop: 0,
      hasLeftScope: false,
      attempt: 1,
    };
    let answer = await this.follow(passage);
    if (answer.status === 503 && beforeRetry !== undefined) {
      await beforeRetry();
      answer = await this.retry(passage);
    }
    this.answered(answer);
    return answer;
  }

  /** Calls `hook` with the status of each answer. */
  onAnswer(hook: (status: number) => void): void {
    this.#hooks.push(hook);
  }

  unbind(): void {
    this.#isBound = false;
    this.#stopListening();
    for (const agent of this.#agents.values()) this.drain(agent);
    this.#bare.closeIdle();
    for (const sockets of Object.values(this.#plain.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }

  protected get manager(): CredentialManager {
    return this.#parts.manager;
  }

  protected get setup(): BindingSetup {
    return this.#parts.setup;
  }

  protected get isBound(): boolean {
    return this.#isBound;
  }

  protected includes({ url, hasLeftScope }: Passage): boolean {
    return !hasLeftScope && this.#parts.scope.includes(url);
  }

  /** Whether the hops behind `passage` go without a credential, wherever they lead. */
  protected hasLeft({ hasLeftScope, url }: Passage): boolean {
    return hasLeftScope || !this.#parts.scope.includes(url);
  }

  protected isOwnAuthorization(headers: Passage['headers']): boolean {
    return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
  }

  protected signalOf({ signal, timeoutMs }: SceneRequest): AbortSignal | undefined {
    if (timeoutMs === undefined) return signal;
    const timeout = AbortSignal.timeout(timeoutMs);
    return signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  }

  protected headersOf({ headers }: SceneRequest): Passage['headers'] {
    return { ...headers };
  }

  protected answered({ status }: ReferenceAnswer): void {
    for (const hook of this.#hooks) hook(status);
  }

  protected retry(passage: Passage): Promise<ReferenceAnswer> {
    return this.follow(passage);
  }

  /** Sends, and goes where redirects lead, judging each hop anew. */
  protected async follow(passage: Passage): Promise<ReferenceAnswer> {
    const answer = await this.sendInScope(passage);
    const { location } = answer.headers;
    if (answer.status !== 302 || typeof location !== 'string' || passage.hop > 4) return answer;
    const { headers, signal } = passage;
    const url = new URL(location, passage.url);
    const body: EncodedBody = { headers: {} };
    return this.follow({
      url,
      method: 'GET',
      headers,
      body,
      signal,
      hop: passage.hop + 1,
      hasLeftScope: this.hasLeft(passage),
      attempt: 1,
    });
  }

  protected sendInScope(passage: Passage): Promise<ReferenceAnswer> {
    if (!this.#isBound || !this.includes(passage)) return this.transmit(passage);
    return this.isOwnAuthorization(passage.headers)
      ? this.sendOwn(passage)
      : this.sendWithCredential(passage);
  }

  /** With an Authorization of the caller's own: nothing is asked for it, and what else is held goes along. */
  protected async sendOwn(passage: Passage): Promise<ReferenceAnswer> {
    const isKnown = this.#latest?.headers !== undefined;
    const held = this.manager.peek() ?? (isKnown ? await this.manager.current() : undefined);
    return this.transmit(passage, held?.headers && held);
  }

  protected sendWithCredential(passage: Passage): Promise<ReferenceAnswer> {
    let attempt = 0;
    return withCredential(
      this.manager,
      (credential) => {
        attempt += 1;
        return this.transmit({ ...passage, attempt }, credential);
      },
      ({ status }, sent) => this.isRefused(status) && this.carriesOurs(passage, sent),
      {
        signal: passage.signal,
        canReplay: () => this.canReplay(passage),
        describe: ({ status, headers }) => ({ status, headers: asLists(headers) }),
        mayResend: (error) => this.mayResend(passage, error),
      },
    );
  }

  protected isRefused(status: number): boolean {
    return isRefusedStatus(status, this.#parts.refusedStatuses);
  }

  /** Not where the caller has set all that the credential has. */
  protected carriesOurs({ headers }: Passage, credential: Credential): boolean {
    return credential.headers === undefined || carriesHeadersOf(credential, isSetIn(headers));
  }

  protected canReplay({ body }: Passage): boolean {
    return this.setup.replay !== false && body.stream === undefined;
  }

  /** A kept connection closed under a request that does no harm when it is sent twice. */
  protected mayResend({ method, headers, body }: Passage, error: unknown): boolean {
    return (
      this.#underKept.has(error as Error) &&
      body.stream === undefined &&
      isRepeatable(method, headers)
    );
  }

  /** Sends, and once more where the server could not be verified and somebody else is trusted by then. */
  protected async transmit(passage: Passage, credential?: Credential): Promise<ReferenceAnswer> {
    const used = this.trusted();
    try {
      return await this.attempt(passage, credential);
    } catch (error) {
      if (!isUnverified(error) || !(await this.renewTrust(used, passage))) throw error;
    }
    return await this.attempt(passage, credential);
  }

  protected trusted(): Trust | undefined {
    return this.#trust?.ask();
  }

  protected renewTrust(used: Trust | undefined, _passage: Passage): Promise<boolean> {
    return this.#trust?.renew(used) ?? Promise.resolve(false);
  }

  protected attempt(passage: Passage, credential?: Credential): Promise<ReferenceAnswer> {
    return new Promise((resolve, reject) => {
      const options = this.requestOptions(passage, credential);
      const request = (passage.url.protocol === 'https:' ? https : http).request(
        passage.url,
        options,
      );
      request.on('error', (error) => {
        if (request.reusedSocket) this.#underKept.add(error);
        reject(error);
      });
      request.on('response', (response: IncomingMessage) => {
        const { statusCode = 0, headers } = response;
        text(response)
          .then((body) => resolve({ status: statusCode, headers, body, url: passage.url.href }))
          .catch(reject);
      });
      const write = (): void => {
        writeBody(passage.body, request).catch((error: Error) => request.destroy(error));
      };
      // What can be read once is not read before it is known that the server gets it.
      if (this.#trust === undefined) write();
      else whenConnected(request, write);
    });
  }

  protected requestOptions(passage: Passage, credential?: Credential): RequestOptions {
    this.#latest = credential ?? this.#latest;
    const { url, method, signal, body, headers } = passage;
    return {
      method,
      agent: url.protocol === 'https:' ? this.agentFor(credential, passage) : this.#plain,
      headers: {
        ...body.headers,
        ...headers,
        ...this.authorization(credential, passage),
        ...this.otherHeaders(credential, passage),
      },
      ...(signal !== undefined && { signal }),
    };
  }

  protected authorization(
    credential: Credential | undefined,
    { headers }: Passage,
  ): Readonly<Record<string, string>> {
    const authorization = credential && authorizationOf(credential);
    return authorization === undefined || this.isOwnAuthorization(headers) ? {} : { authorization };
  }

  protected otherHeaders(
    credential: Credential | undefined,
    { headers }: Passage,
  ): Readonly<Record<string, string>> {
    if (credential === undefined) return {};
    const isSet = isSetIn(headers);
    const others = otherHeadersOf(credential).filter(({ key }) => !isSet(key));
    return Object.fromEntries(others.map(({ key, value }) => [key, value]));
  }

  protected agentFor(credential: Credential | undefined, _passage: Passage): https.Agent {
    const trusted = this.trusted();
    if (trusted !== this.#trusted) this.#trustOnly(trusted);
    if (credential === undefined) return this.#bare;
    const generation = this.generationOf(credential);
    let agent = this.#agents.get(generation);
    if (agent === undefined) {
      agent = this.makeAgent(this.agentOptions(credential));
      this.#agents.set(generation, agent);
    }
    return agent;
  }

  protected generationOf({ certificateGeneration }: Credential): number {
    return certificateGeneration;
  }

  protected agentOptions(credential?: Credential): https.AgentOptions {
    const { certificate, privateKey } = credential?.clientCertificate ?? {};
    const { maxSockets, tls } = this.setup;
    return {
      keepAlive: true,
      maxSockets,
      ...(tls?.ca !== undefined && { ca: tlsUnder(tls, this.#trusted).ca as string }),
      ...(certificate !== undefined && { cert: certificate, key: privateKey }),
    };
  }

  protected makeAgent(options: https.AgentOptions): DrainingAgent {
    return new DrainingAgent(options, this.wayThroughProxy());
  }

  protected wayThroughProxy(): OpenTunnel | undefined {
    return this.proxy && ((target) => this.openTunnel(target));
  }

  /** Of http alone: no scene has another. */
  protected get proxy(): ProxyAddress | undefined {
    const read = readProxyUrl(this.setup.proxy ?? '');
    return 'fault' in read ? undefined : read;
  }

  protected openTunnel(target: string): Promise<Socket> {
    return openTunnel(this.proxy as ProxyAddress, target);
  }

  #trustOnly(trusted: Trust | undefined): void {
    this.#trusted = trusted;
    for (const agent of [this.#bare, ...this.#agents.values()]) this.distrusted(agent);
    this.#agents.clear();
    this.#bare = this.makeAgent(this.agentOptions());
  }

  /** Others are trusted now than those who have verified the connections of `old`. */
  protected distrusted(old: DrainingAgent): void {
    this.drain(old);
  }

  /** Another certificate has taken the place of the one that `old` presents. */
  protected rotated(old: DrainingAgent): void {
    this.drain(old);
  }

  /** The manager has closed: `agent` gets no more requests. */
  protected closed(agent: DrainingAgent): void {
    this.drain(agent);
  }

  protected drain(agent: DrainingAgent): void {
    agent.isDraining = true;
    agent.closeIdle();
  }
}

function whenConnected(request: ClientRequest, then: () => void): void {
  request.once('socket', (socket: Socket & { readonly secureConnecting?: boolean }) => {
    if (socket.secureConnecting) socket.once('secureConnect', then);
    else if (socket.connecting) socket.once('connect', then);
    else then();
  });
}

function asLists(headers: Readonly<Record<string, unknown>>): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().map(String)]),
  );
}
