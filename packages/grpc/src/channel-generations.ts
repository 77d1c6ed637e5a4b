import { type ChannelCredentials, type ChannelOptions, credentials } from '@grpc/grpc-js';
import {
  type Credential,
  type CredentialManager,
  GenerationSlot,
  type TlsOptions,
} from '@keyturn/core/binding';
import type { CallAttempt } from './call-attempt.js';
import type { CallArguments } from './channel-call.js';
import { channelCredentials } from './channel-credentials.js';
import { GenerationChannel } from './generation-channel.js';
import { homeCredentials } from './home-credentials.js';

export interface ChannelGenerationsOptions {
  readonly target: string;
  readonly isPlaintext: boolean;
  /** Whether a connection in plaintext must lead to this machine, over its network. */
  readonly staysHome: boolean;
  readonly tls: TlsOptions;
  readonly channelOptions: ChannelOptions;
  readonly drainTimeoutMs: number | undefined;
}

/** The channels to one target: one for the current client certificate, older ones that drain, one without any. */
export class ChannelGenerations {
  /** What a channel without a client certificate meets the server with. */
  readonly bareCredentials: ChannelCredentials;
  readonly #options: ChannelGenerationsOptions;
  readonly #slot: GenerationSlot<GenerationChannel>;
  readonly #channels = new Set<GenerationChannel>();
  #bare: GenerationChannel | undefined;
  #isBound = true;
  #hasCertificate = false;

  /** @throws what OpenSSL says about a `ca` that it cannot read. */
  constructor(manager: CredentialManager, options: ChannelGenerationsOptions) {
    this.#options = options;
    this.bareCredentials = this.#credentialsFor(undefined);
    this.#slot = new GenerationSlot(manager, {
      create: (credential) => this.#open(this.#credentialsFor(credential)),
      close: (channel) => this.#close(channel),
      cut: (channel) => channel.cut(),
      drainTimeoutMs: options.drainTimeoutMs,
    });
  }

  get isBound(): boolean {
    return this.#isBound;
  }

  /** Whether the server knows this client by its certificate, as far as anyone can tell by now. */
  get hasCertificate(): boolean {
    return this.#hasCertificate;
  }

  /** Opens a call on the channel of `credential`; without one, on the channel that presents nothing. */
  openCall(args: CallArguments, credential: Credential | undefined): CallAttempt {
    if (credential === undefined || !this.#isBound) return this.#bareChannel().openCall(args);
    this.#hasCertificate = credential.clientCertificate !== undefined;
    const channel = this.#slot.current(credential);
    if (channel.isInUse) return channel.openCall(args);
    const lease = this.#slot.acquire(credential);
    try {
      return channel.openCall(args, lease);
    } catch (error) {
      lease.release();
      throw error;
    }
  }

  /** The channel that a call with `credential` would use. */
  current(credential: Credential | undefined): GenerationChannel {
    return credential === undefined || !this.#isBound
      ? this.#bareChannel()
      : this.#slot.current(credential);
  }

  /** Presents nothing from now on; what is in flight ends as it began. */
  unbind(): void {
    this.#isBound = false;
    this.#slot.close();
  }

  close(): void {
    this.#slot.close();
    for (const channel of this.#channels) this.#close(channel);
  }

  #bareChannel(): GenerationChannel {
    this.#bare ??= this.#open(this.bareCredentials);
    return this.#bare;
  }

  #open(channelCredentials: ChannelCredentials): GenerationChannel {
    const { target, tls, channelOptions } = this.#options;
    const channel = new GenerationChannel(target, channelCredentials, {
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
    const { isPlaintext, staysHome, tls } = this.#options;
    if (!isPlaintext) return channelCredentials(tls, credential?.clientCertificate);
    return staysHome ? homeCredentials() : credentials.createInsecure();
  }
}
