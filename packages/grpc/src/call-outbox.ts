import type { ChannelCall, MessageContext } from './channel-call.js';

interface OutgoingMessage {
  readonly context: MessageContext;
  readonly message: Buffer;
}

/** Stands for every empty list, and is never filled. */
const nothing: OutgoingMessage[] = [];

/**
 * Keeps what a call sends until there is a channel for it, and a unary request until it is answered, so that it can be
 * sent once more. The messages of a client stream are sent once: each brings a callback that must not be called twice.
 */
export class CallOutbox {
  #messages: OutgoingMessage[] = nothing;
  #isStream = false;
  #isHalfClosed = false;
  #isReading = false;
  #call: ChannelCall | undefined;

  /** Whether the whole request is at hand. */
  get canReplay(): boolean {
    return !this.#isStream && this.#isHalfClosed && this.#messages.length === 1;
  }

  /** Sends on `call` from now on, and first what is kept. */
  openTo(call: ChannelCall): void {
    this.#call = call;
    const messages = this.#messages;
    if (this.#isStream) this.#messages = nothing;
    if (this.#isReading) call.startRead();
    for (const { context, message } of messages) call.sendMessageWithContext(context, message);
    if (this.#isHalfClosed) call.halfClose();
  }

  /** Gives up the request that is kept: the server has begun to answer it. */
  forget(): void {
    this.#isStream = true;
    this.#messages = nothing;
  }

  send(context: MessageContext, message: Buffer): void {
    if (context.callback !== undefined || this.#messages.length > 0) this.#isStream = true;
    if (this.#call !== undefined && this.#isStream) {
      this.#call.sendMessageWithContext(context, message);
      return;
    }
    // The serializer of a method may return a buffer of the caller's, who may use it again.
    const kept = Buffer.from(message);
    this.#keep({ context, message: kept });
    this.#call?.sendMessageWithContext(context, kept);
  }

  #keep(sent: OutgoingMessage): void {
    // An empty list that is pushed to gets room for sixteen at once, and nearly every call sends one message.
    if (this.#messages.length === 0) this.#messages = [sent];
    else this.#messages.push(sent);
  }

  halfClose(): void {
    this.#isHalfClosed = true;
    this.#call?.halfClose();
  }

  startRead(): void {
    this.#isReading = true;
    this.#call?.startRead();
  }
}
