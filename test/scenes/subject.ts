import type { Binding, BindOptions, CredentialManager } from '@keyturn/core';

/** A body as a scene means it; each subject says it in the words of its client. */
export type SceneBody =
  | { readonly kind: 'json'; readonly value: object }
  | { readonly kind: 'bytes'; readonly value: Buffer }
  | { readonly kind: 'params'; readonly value: URLSearchParams }
  | { readonly kind: 'form'; readonly value: FormData }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'stream'; readonly value: AsyncIterable<Buffer> };

export interface SceneRequest {
  readonly url: string;
  readonly headers?: Record<string, string>;
  /** Sent with POST; without it the request is a GET. */
  readonly body?: SceneBody;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface SceneAnswer {
  readonly status: number;
  /** What the client made of it: everything that it hands to its user, for scenes that print it. */
  readonly raw: unknown;
}

export interface ClientSettings {
  readonly baseUrl?: string;
  readonly maxSockets?: number;
}

/** A binding under test. */
export interface Subject<Client> {
  readonly name: string;
  make(settings: ClientSettings): Client;
  bind(client: Client, manager: CredentialManager, options: BindOptions): Binding<Client>;
  /** Resolves with the answer whatever its status, rejects with the client's error where there is none. */
  send(client: Client, request: SceneRequest): Promise<SceneAnswer>;
}
