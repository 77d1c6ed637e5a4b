import { type ChannelCredentials, type ChannelOptions, credentials } from '@grpc/grpc-js';
import {
  type ConnectionTrust,
  type Credential,
  type CredentialManager,
  connectionTrust,
  GenerationSlot,
  type TlsOptions,
} from '@keyturn/core/binding';
import type { CallAttempt } from './call-attempt.js';
import type { CallArguments } from './channel-call.js';
import { channelCredentials } from './channel-credentials.js';
import { GenerationChannel } from './generation-channel.js';
import type { GrpcProxy } from './grpc-proxy.js';
import { homeCredentials } from './home-credentials.js';
import { proxiedCredentials } from './proxied-credentials.js';

export interface ChannelGenerationsOptions {
  readonly target: string;
  readonly isPlaintext: boolean;
  /** Whether a connection in plaintext must lead to this machine, over its network. */
  readonly staysHome: boolean;
  readonly tls: TlsOptions;
  readonly channelOptions: ChannelOptions;
  readonly drainTimeoutMs: number | undefined;
  readonly proxy: GrpcProxy | undefined;
}

const nobody: Credential = { generation: 0, certificateGeneration: 0 };

/** The channels to one target: one for the current client certificate, older ones that drain, one without any. */
export class ChannelGenerations {
  /** What a channel without a client certificate meets the server with. */
  readonly bareCredentials: ChannelCredentials;
  readonly #options: ChannelGenerationsOptions;
  readonly #slot: GenerationSlot<GenerationChannel>;
  readonly #channels = new Set<GenerationChannel>();
  readonly #bare: GenerationSlot<GenerationChannel>;
  readonly #trust: ConnectionTrust | undefined;
  #isBound = true;
  #isKnownByMore = false;

  /** @throws what OpenSSL says about a `ca` that it cannot read; where that is a trust source, what it throws. */
  constructor(manager: CredentialManager, options: ChannelGenerationsOptions) {
    this.#options = options;
    this.#trust = options.isPlaintext ? undefined : connectionTrust(options.tls);
    this.bareCredentials = this.#credentialsFor(undefined);
    const drain = {
      close: (channel: GenerationChannel) => this.#close(channel),
      cut: (channel: GenerationChannel) => channel.cut(),
      drainTimeoutMs: options.drainTimeoutMs,
      trust: this.#trust,
    };
    this.#slot = new GenerationSlot(manager, {
      create: (credential) => this.#open(this.#credentialsFor(credential)),
      ...drain,
    });
    this.#bare = new GenerationSlot(undefined, {
      create: () => this.#open(this.bareCredentials),
      ...drain,
    });
  }

  get isBound(): boolean {
    return this.#isBound;
  }

  /** Whether the server knows this client by more than an Authorization, as far as anyone can tell by now. */
  get isKnownByMore(): boolean {
    return this.#isKnownByMore;
  }

  /** Opens a call on the channel of `credential`; without one, on the channel that presents nothing. */
  openCall(args: CallArguments, credential: Credential | undefined): CallAttempt {
    if (credential === undefined || !this.#isBound) return openOn(this.#bare, nobody, args);
    this.#isKnownByMore = (credential.clientCertificate ?? credential.headers) !== undefined;
    return openOn(this.#slot, credential, args);
  }

  /** The channel that a call with `credential` would use. */
  current(credential: Credential | undefined): GenerationChannel {
    return credential === undefined || !this.#isBound
      ? this.#bare.current(nobody)
      : this.#slot.current(credential);
  }

  /** Presents nothing from now on; what is in flight ends as it began. */
  unbind(): void {
    this.#isBound = false;
    this.#slot.close();
  }

  close(): void {
    this.#slot.close();
    this.#bare.close();
    for (const channel of this.#channels) this.#close(channel);
  }

  #open(channelCredentials: ChannelCredentials): GenerationChannel {
    const { target, tls, channelOptions, proxy } = this.#options;
    const channel = new GenerationChannel(proxy?.channelTarget ?? target, channelCredentials, {
      ...(proxy && { 'grpc.default_authority': proxy.authority }),
      ...channelOptions,
      ...(tls.servername !== undefined && { 'grpc.ssl_target_name_override': tls.servername }),
    });
    this.#channels.add(channel);
    return channel;
  }

  #close(channel: GenerationChannel): void {
    this.#channels.delete(channel);
    channel.close();
  }

  #credentialsFor(credential: Credential | undefined): ChannelCredentials {
    const { isPlaintext, staysHome, tls, proxy } = this.#options;
    const trust = this.#trust;
    if (!isPlaintext) return channelCredentials(tls, credential?.clientCertificate, trust, proxy);
    if (staysHome) return homeCredentials();
    const insecure = credentials.createInsecure();
    return proxy === undefined ? insecure : proxiedCredentials(insecure, proxy, tls, trust);
  }
}

function openOn(
  slot: GenerationSlot<GenerationChannel>,
  credential: Credential,
  args: CallArguments,
): CallAttempt {
  const channel = slot.current(credential);
  if (channel.isInUse) return channel.openCall(args);
  // Not necessarily of that channel: the trust may have rotated since.
  const lease = slot.acquire(credential);
  try {
    return lease.resource.openCall(args, lease);
  } catch (error) {
    lease.release();
    throw error;
  }
}
