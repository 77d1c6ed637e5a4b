import type { EventEmitter } from 'node:events';
import {
  type ConnectionTrust,
  type Credential,
  GenerationSlot,
  memberOf,
  snapshot,
  type TlsOptions,
  type Trust,
  tlsUnder,
} from '@keyturn/core/binding';
import { type ProxyTunnels, tunnelsFor } from '@keyturn/https/tunnel';
import type { Agent } from 'undici';
import * as undici from 'undici';
import { alertAgent } from './alert-agent.js';
import {
  checkInterceptors,
  composeDispatch,
  type Interceptor,
  type Who,
} from './composed-dispatch.js';
import type { DispatcherLike } from './handler-shape.js';
import { InnerDispatcher, isModernOnly } from './inner-dispatcher.js';
import { type InnerTls, innerTls } from './inner-tls.js';
import { programsMock } from './programs-mock.js';

/** What the inner dispatchers are made with. */
export interface InnerOptions {
  readonly tls?: TlsOptions | undefined;
  /** What verifies servers, where that rotates. */
  readonly trust?: ConnectionTrust | undefined;
  /** The URL of the proxy for every connection but those that stay on this machine in clear text. */
  readonly proxy?: string | undefined;
  /** For connections of nobody when the trust rotates; for the others, the slot says it. Milliseconds. */
  readonly drainTimeoutMs?: number | undefined;
  readonly agent?: Agent.Options | undefined;
  readonly makeInner?: ((tls: InnerTls) => DispatcherLike) | undefined;
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Names who asks, for caches among the interceptors. */
  readonly identityOf: (who: Who) => string;
}

/** Returns the path of the socket that every connection of an Agent with these options leads to, whatever the origin. */
export function socketPathIn(agent: Agent.Options | undefined): unknown {
  if (agent === undefined) return undefined;
  const connect = memberOf(agent, 'connect') as object | undefined;
  return (connect && memberOf(connect, 'socketPath')) ?? memberOf(agent, 'socketPath');
}

/**
 * Calls `then` before anybody listens to `event`. A listener for `newListener` would stand among the emitter's properties, which
 * could not be cloned any more.
 */
function onFirst(emitter: EventEmitter, event: string, then: () => void): void {
  // `once` and `prependOnceListener` come by these.
  for (const name of ['on', 'addListener', 'prependListener'] as const) {
    const listen = emitter[name];
    const value = (what: string, listener: () => void): EventEmitter => {
      if (what === event) then();
      return listen.call(emitter, what, listener);
    };
    Object.defineProperty(emitter, name, { value, configurable: true, writable: true });
  }
}

const nobody: Credential = { generation: 0, certificateGeneration: 0 };

/** All the undici dispatchers behind a CredentialDispatcher. */
export class InnerDispatchers {
  readonly #options: InnerOptions;
  readonly #interceptors: readonly Interceptor[];
  readonly #emitter: EventEmitter;
  readonly #alive = new Set<InnerDispatcher>();
  /** What `makeInner` has returned so far, and what of it is the program's. */
  readonly #given = new WeakSet<DispatcherLike>();
  readonly #theirs = new WeakSet<DispatcherLike>();
  readonly #tunnels: ProxyTunnels | undefined;
  readonly #anonymous: GenerationSlot<InnerDispatcher>;
  readonly #elsewhere: GenerationSlot<InnerDispatcher>;
  #home: InnerDispatcher | undefined;
  #mock: { readonly dispatcher: DispatcherLike; readonly inner: InnerDispatcher } | undefined;
  #forwardsDrain = false;
  #isClosing = false;

  /**
   * @param emitter gets the events of all their connections
   * @throws {TypeError} when an option would keep the certificate from being presented.
   */
  constructor(options: InnerOptions, emitter: EventEmitter) {
    const { makeInner } = options;
    const agent = options.agent && snapshot(options.agent);
    if (typeof agent?.connect === 'function') {
      throw new TypeError(
        'Option "agent" must not bring its own "connect" function: it would not present the certificate. Use "makeInner".',
      );
    }
    if (makeInner !== undefined && typeof makeInner !== 'function') {
      throw new TypeError('Option "makeInner" must be a function that returns a dispatcher.');
    }
    if (makeInner !== undefined && agent !== undefined) {
      throw new TypeError(
        'Option "agent" is for the Agent that "makeInner" replaces. Give one of them.',
      );
    }
    if (agent?.allowH2 === true && !isModernOnly) {
      throw new TypeError(
        'Option "agent.allowH2" needs undici 8: undici 7 drops an answer that comes with GOAWAY, as that of a refusal may, and would never learn of it. Leave it out.',
      );
    }
    if (makeInner !== undefined && options.trust !== undefined) {
      throw new TypeError(
        'Option "tls.ca" cannot be a trust source beside "makeInner": what that returns makes its connections itself, and would not try once more where a server cannot be verified. Give "tls.ca" as PEM text, or leave "makeInner" out.',
      );
    }
    if (makeInner !== undefined && options.proxy !== undefined) {
      throw new TypeError(
        'Option "proxy" says nothing beside "makeInner": what that returns makes its connections itself. Have it know the proxy, or leave "makeInner" out.',
      );
    }
    this.#options = { ...options, agent };
    const { proxy, tls, trust } = options;
    this.#tunnels = proxy === undefined ? undefined : tunnelsFor(proxy, tls, trust);
    const { servername: _, ...tlsElsewhere } = options.tls ?? {};
    this.#anonymous = this.#nobodysSlot(options.tls);
    this.#elsewhere = this.#nobodysSlot(tlsElsewhere);
    this.#interceptors = checkInterceptors(options.interceptors);
    this.#emitter = emitter;
    onFirst(emitter, 'drain', () => this.#forwardDrain());
  }

  /** Whether something of the caller's carries the requests: a dispatcher such as a proxy, or interceptors. */
  get areTheirs(): boolean {
    return this.#options.makeInner !== undefined || this.#interceptors.length > 0;
  }

  /** Makes one for a certificate generation. */
  make(
    { certificateGeneration, clientCertificate }: Credential,
    trust: Trust | undefined,
  ): InnerDispatcher {
    const tlsUnderTrust = (current: Trust | undefined): InnerTls =>
      innerTls(this.#connect, tlsUnder(this.#options.tls, current), clientCertificate);
    return this.#make(tlsUnderTrust, trust, certificateGeneration);
  }

  /** For requests in scope that carry no credential. */
  get anonymous(): InnerDispatcher {
    return this.#anonymous.current(nobody);
  }

  /** For requests out of scope: another server has another name, but whom to trust is the program's choice for all. */
  get elsewhere(): InnerDispatcher {
    return this.#elsewhere.current(nobody);
  }

  /** For what may travel in clear text because it stays on this machine: straight to it, past every proxy. */
  get home(): InnerDispatcher {
    const { agent } = this.#options;
    this.#home ??= this.#wrap(alertAgent({ ...agent, connect: {} }), 0);
    return this.#home;
  }

  /**
   * The MockAgent that the program has set for everything, while it is active; it stands in the place of every Agent of ours. What
   * `makeInner` says goes before it, as a `dispatcher` of one call does.
   */
  get mock(): InnerDispatcher | undefined {
    const mock = programsMock();
    if (mock === undefined || this.#options.makeInner !== undefined) return undefined;
    if (this.#mock?.dispatcher !== mock) {
      this.#mock = { dispatcher: mock, inner: this.#compose(mock, 0, () => true) };
    }
    return this.#mock.inner;
  }

  /** Closes those of nobody; the slot looks after the others. */
  close(): void {
    this.#home?.drain(undefined);
    this.#isClosing = true;
    this.#anonymous.close();
    this.#elsewhere.close();
  }

  destroy(error: Error | null): void {
    for (const inner of this.#alive) inner.destroy(error);
  }

  /** Resolves when those that were made so far have closed. */
  async ended(): Promise<void> {
    await Promise.all([...this.#alive].map(({ ended }) => ended));
  }

  get #connect(): object {
    // A function was refused; the types of undici know that it may be one.
    return (this.#options.agent?.connect as object | undefined) ?? {};
  }

  #nobodysSlot(tls: TlsOptions | undefined): GenerationSlot<InnerDispatcher> {
    const { trust, drainTimeoutMs } = this.#options;
    return new GenerationSlot(undefined, {
      create: (_, held) =>
        this.#make((current) => innerTls(this.#connect, tlsUnder(tls, current)), held, 0),
      // Nothing is cut but for a rotation.
      close: (inner) => inner.drain(this.#isClosing ? undefined : drainTimeoutMs),
      trust,
    });
  }

  #make(
    tlsUnderTrust: (trust: Trust | undefined) => InnerTls,
    used: Trust | undefined,
    certificateGeneration: number,
  ): InnerDispatcher {
    const { agent, makeInner, trust } = this.#options;
    const tls = tlsUnderTrust(used);
    if (makeInner === undefined) {
      const agentTrust = trust && used && { trust, used, tlsUnder: tlsUnderTrust };
      const connect = { ...this.#connect, ...tls };
      const way = { trust: agentTrust, tunnels: this.#tunnels };
      return this.#wrap(alertAgent({ ...agent, connect }, way), certificateGeneration);
    }
    const given = makeInner(tls);
    if (this.#given.has(given)) this.#theirs.add(given);
    this.#given.add(given);
    return this.#wrap(given, certificateGeneration, () => this.#isTheirs(given, makeInner, tls));
  }

  /** What is given more than once, or to everybody, belongs to the program, and is not ours to close. */
  #isTheirs(
    given: DispatcherLike,
    makeInner: NonNullable<InnerOptions['makeInner']>,
    tls: InnerTls,
  ): boolean {
    if (this.#theirs.has(given) || given === undici.getGlobalDispatcher()) return true;
    const another = makeInner(tls);
    if (another === given) this.#theirs.add(given);
    else if (!this.#given.has(another)) another.close().catch(() => {});
    return another === given;
  }

  #wrap(
    dispatcher: DispatcherLike,
    certificateGeneration: number,
    isTheirs?: () => boolean,
  ): InnerDispatcher {
    const inner = this.#compose(dispatcher, certificateGeneration, isTheirs);
    inner.forward(this.#emitter);
    if (this.#forwardsDrain) inner.forwardDrain(this.#emitter);
    this.#alive.add(inner);
    void inner.ended.then(() => this.#alive.delete(inner));
    return inner;
  }

  #compose(
    dispatcher: DispatcherLike,
    certificateGeneration: number,
    isTheirs?: () => boolean,
  ): InnerDispatcher {
    return new InnerDispatcher(
      dispatcher,
      certificateGeneration,
      isTheirs,
      this.#interceptors.length === 0
        ? undefined
        : composeDispatch(dispatcher, this.#interceptors, this.#options.identityOf),
    );
  }

  /** From the first listener on. */
  #forwardDrain(): void {
    if (this.#forwardsDrain) return;
    this.#forwardsDrain = true;
    for (const inner of this.#alive) inner.forwardDrain(this.#emitter);
  }
}
