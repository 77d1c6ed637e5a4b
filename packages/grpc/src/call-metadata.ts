import { Metadata } from '@grpc/grpc-js';
import {
  type Credential,
  CredentialError,
  type CredentialHeader,
  headersToAdd,
} from '@keyturn/core/binding';

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

/**
 * Returns a copy of `kept`, which comes from `keepMetadata`, with the headers of a credential that are not in it.
 * @throws {CredentialError} ERR_CREDENTIAL_HEADER where gRPC cannot send one of them.
 */
export function withHeadersOf(credential: Credential, kept: Metadata): Metadata {
  const metadata = kept.clone();
  metadata.setOptions({ ...kept.getOptions() });
  addHeadersOf(credential, metadata, kept);
  return metadata;
}

/** Tells whether `metadata` says anything under a name in lower case. */
export function isSet(metadata: Metadata, key: string): boolean {
  return metadata.get(key).length > 0;
}

/**
 * Adds to `metadata` what a request carries of `credential` and neither it nor `kept` has.
 * @throws {CredentialError} ERR_CREDENTIAL_HEADER where gRPC cannot send it: it knows fewer names than HTTP, and no tabs.
 */
export function addHeadersOf(credential: Credential, metadata: Metadata, kept: Metadata): void {
  const isThere = (key: string): boolean => isSet(metadata, key) || isSet(kept, key);
  for (const header of headersToAdd(credential, isThere)) setHeader(metadata, header);
}

function setHeader(metadata: Metadata, { name, key, value }: CredentialHeader): void {
  try {
    // What is binary to gRPC is base64 on the wire.
    metadata.set(key, key.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  } catch {
    // What gRPC throws quotes the value.
    throw new CredentialError(
      'ERR_CREDENTIAL_HEADER',
      `The header "${name}" of the credential cannot be metadata of gRPC, which has names of letters, digits, "_", "-" and "." alone, and values without tabs.`,
    );
  }
}

function isEmpty(metadata: Metadata): boolean {
  for (const _ in metadata.getMap()) return false;
  // "Wait for ready" and its like.
  for (const _ in metadata.getOptions()) return false;
  return true;
}
