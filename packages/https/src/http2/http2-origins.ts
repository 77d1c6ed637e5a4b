import type { SecureClientSessionOptions } from 'node:http2';
import type { RequestOptions } from 'node:https';
import {
  type ConnectionTrust,
  type Credential,
  CredentialError,
  type CredentialManager,
  connectionTrust,
  GenerationSlot,
  type GenerationSlotOptions,
  type OriginScope,
  type SlotLease,
  snapshot,
  type TlsOptions,
} from '@keyturn/core/binding';
import { agentScope } from '../agent/agent-scope.js';
import { ClientIdentity } from '../agent/client-identity.js';
import { ConnectionTls } from '../agent/connection-tls.js';
import { type ProxyTunnels, tunnelsFor } from '../tunnel/proxy-tunnels.js';
import { targetOfUrl } from '../tunnel/tunnel-target.js';
import { Http2Sessions } from './http2-sessions.js';

export interface Http2OriginsParts {
  readonly manager: CredentialManager;
  readonly scope: OriginScope;
  readonly tls: TlsOptions | undefined;
  readonly proxy: string | undefined;
  /** Whether what goes in clear text within the scope may go elsewhere than to this machine. */
  readonly allowInsecure: boolean;
  readonly sessionOptions: SecureClientSessionOptions;
  readonly drainTimeoutMs: number | undefined;
}

const nobody: Credential = { generation: 0, certificateGeneration: 0 };

/** The sessions of a client: for each origin those of each certificate generation, and anonymous ones. */
export class Http2Origins {
  readonly #parts: Http2OriginsParts;
  readonly #tls: ConnectionTls;
  readonly #slots = new Map<string, GenerationSlot<Http2Sessions>>();
  readonly #anonymous = new Map<string, GenerationSlot<Http2Sessions>>();
  readonly #trust: ConnectionTrust | undefined;
  readonly #tunnels: ProxyTunnels | undefined;

  constructor(parts: Http2OriginsParts) {
    this.#parts = parts;
    const { tls, proxy } = parts;
    this.#trust = connectionTrust(tls);
    this.#tunnels = proxy === undefined ? undefined : tunnelsFor(proxy, tls, this.#trust);
    this.#tls = new ConnectionTls(parts.tls, agentScope(parts.scope));
  }

  /** Returns the sessions to `origin` that present the certificate of `credential`, in use until released. */
  acquire(origin: string, credential: Credential | undefined): SlotLease<Http2Sessions> {
    if (credential !== undefined) return this.#slotFor(origin).acquire(credential);
    return this.#anonymousFor(origin).acquire(nobody);
  }

  /** Closes what was made with a credential; streams that are open end first. */
  retire(): void {
    for (const slot of this.#slots.values()) slot.close();
    this.#slots.clear();
  }

  /** Closes everything; streams that are open end first. */
  close(): void {
    this.retire();
    for (const slot of this.#anonymous.values()) slot.close();
    this.#anonymous.clear();
  }

  #slotFor(origin: string): GenerationSlot<Http2Sessions> {
    const known = this.#slots.get(origin);
    if (known !== undefined) return known;
    const slot = this.#makeSlot(this.#parts.manager, (credential, trust) =>
      this.#makeSessions(origin, new ClientIdentity(credential, trust)),
    );
    this.#slots.set(origin, slot);
    return slot;
  }

  #anonymousFor(origin: string): GenerationSlot<Http2Sessions> {
    const known = this.#anonymous.get(origin);
    if (known !== undefined) return known;
    const slot = this.#makeSlot(undefined, (_, trust) =>
      this.#makeSessions(origin, trust && ClientIdentity.nobody(trust), () => {
        if (this.#anonymous.get(origin) !== slot) return;
        this.#anonymous.delete(origin);
        slot.close();
      }),
    );
    this.#anonymous.set(origin, slot);
    return slot;
  }

  #makeSlot(
    manager: CredentialManager | undefined,
    create: GenerationSlotOptions<Http2Sessions>['create'],
  ): GenerationSlot<Http2Sessions> {
    return new GenerationSlot(manager, {
      create,
      close: (sessions) => sessions.close(),
      cut: (sessions) => sessions.cut(drained()),
      drainTimeoutMs: this.#parts.drainTimeoutMs,
      trust: this.#trust,
    });
  }

  #makeSessions(
    origin: string,
    identity: ClientIdentity | undefined,
    onEmpty?: () => void,
  ): Http2Sessions {
    return new Http2Sessions({
      origin,
      connection: (trust) => this.#optionsFor(origin, identity?.under(trust)),
      trust: this.#trust,
      openTunnel: (signal) =>
        this.#tunnelsTo(origin)?.open(targetOfUrl(new URL(origin)), { signal }),
      onEmpty,
    });
  }

  /** What goes in clear text because it goes to this machine visits no proxy. */
  #tunnelsTo(origin: string): ProxyTunnels | undefined {
    const { scope, allowInsecure } = this.#parts;
    const goesHome = origin.startsWith('http:') && !allowInsecure && scope.includes(origin);
    return goesHome ? undefined : this.#tunnels;
  }

  #optionsFor(origin: string, identity: ClientIdentity | undefined): SecureClientSessionOptions {
    const { sessionOptions } = this.#parts;
    const place = targetOfUrl(new URL(origin));
    const {
      host,
      port: _,
      ...completed
    } = this.#tls.complete(
      { ...(sessionOptions as RequestOptions), ...place },
      identity,
      () => origin,
    );
    // A pushed stream would belong to nobody.
    const settings = snapshot({ enablePush: false, ...sessionOptions.settings });
    return snapshot({ ...completed, settings }) as SecureClientSessionOptions;
  }
}

/** What happens to a stream that outlives `drainTimeoutMs`. */
export function drained(): CredentialError {
  return new CredentialError(
    'ERR_CONNECTION_DRAINED',
    'The request still ran on an older client certificate when "drainTimeoutMs" had passed. Send it again.',
  );
}
