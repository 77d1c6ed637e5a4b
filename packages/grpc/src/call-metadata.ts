import { Metadata } from '@grpc/grpc-js';

const nothing = new Metadata();

/** Keeps what a caller sends along as it is now. Most send nothing, and share one copy of that. */
export function keepMetadata(metadata: Metadata): Metadata {
  if (isEmpty(metadata)) return nothing;
  const kept = metadata.clone();
  // The clone shares them with the caller.
  kept.setOptions({ ...metadata.getOptions() });
  return kept;
}

/** Tells whether `kept`, which comes from `keepMetadata`, says who is asking. */
export function hasAuthorization(kept: Metadata): boolean {
  return kept !== nothing && kept.get('authorization').length > 0;
}

/** Adds tokens to metadata. Remembers the latest one: to check each value anew took gRPC a thirtieth of the call rate. */
export class TokenMetadata {
  #token: string | undefined;
  #metadata: Metadata = nothing;

  /**
   * Returns `kept`, which comes from `keepMetadata`, with the token in it, or without any. What it returns is to be handed
   * to gRPC, which makes a copy of it, and must not be changed.
   */
  with(token: string | undefined, kept: Metadata): Metadata {
    if (kept !== nothing) {
      if (token === undefined) kept.remove('authorization');
      else kept.set('authorization', `Bearer ${token}`);
      return kept;
    }
    return token === undefined ? nothing : this.#alone(token);
  }

  /** Forgets the latest token. */
  clear(): void {
    this.#token = undefined;
    this.#metadata = nothing;
  }

  #alone(token: string): Metadata {
    if (token !== this.#token) {
      this.#metadata = new Metadata();
      this.#metadata.set('authorization', `Bearer ${token}`);
      this.#token = token;
    }
    return this.#metadata;
  }
}

function isEmpty(metadata: Metadata): boolean {
  for (const _ in metadata.getMap()) return false;
  // "Wait for ready" and its like.
  for (const _ in metadata.getOptions()) return false;
  return true;
}
