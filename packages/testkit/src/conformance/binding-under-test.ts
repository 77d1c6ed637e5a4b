import type { Binding, BindOptions, CredentialManager } from '@keyturn/core';
import type { ServerProtocol } from '../server/server-protocol.js';

/** A body as a scene means it; each adapter says it in the words of its client. Sent with a method that has bodies. */
export type SceneBody =
  | { readonly kind: 'json'; readonly value: object }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Buffer }
  | { readonly kind: 'params'; readonly value: URLSearchParams }
  | { readonly kind: 'form'; readonly value: FormData }
  /** Can be read once. */
  | { readonly kind: 'stream'; readonly value: AsyncIterable<Buffer> };

/** One request that a scene wants to be sent. */
export interface SceneRequest {
  /** Absolute. */
  readonly url: string;
  readonly method: string;
  /** Hand it to the client as it is, and not a copy: a scene looks whether it stays as it was. */
  readonly headers: Record<string, string>;
  readonly body?: SceneBody | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For the whole request. Milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** What came of a request, whatever its status. */
export interface SceneAnswer {
  readonly status: number;
  /** The text of the answer, or what the client made of its JSON. */
  readonly body: unknown;
  /** What the client hands to its user: an answer, or an error that holds one. Scenes print it and look for secrets. */
  readonly answer?: unknown;
}

/** What to bind, and how. Everything but `url` and `maxSockets` is for the `bind…` function as it is. */
export interface BindingSetup extends BindOptions {
  /** Base URL, for clients that have one; empty in the scene that gives no origin either. */
  readonly url: string;
  /** How many connections the client may open to one origin. */
  readonly maxSockets: number;
}

/**
 * What nearly every client can do, and some cannot by their nature: be bound before the first request (`binds`) and be asked
 * for any origin (`roams`); be told which HTTP statuses refuse (`statuses`); send bodies (`bodies`); speak plain http (`plainHttp`); keep a connection for the next request
 * (`keepsConnections`); tell the status and the headers of an answer (`headers`); send a request again by itself (`resends`);
 * ask its cache, where it has one, before the binding (`cachesFirst`).
 */
export type Ability =
  | 'binds'
  | 'roams'
  | 'statuses'
  | 'bodies'
  | 'plainHttp'
  | 'keepsConnections'
  | 'headers'
  | 'resends'
  | 'cachesFirst';

/** An adapter, as the scenes see it. */
export interface BindingUnderTest<Client> {
  /** Stands before the name of each scene. */
  readonly name: string;
  /** Names on Object.prototype with which the client fails by itself, bound or not, before the binding is asked. */
  readonly stumblesOver?: readonly string[] | undefined;
  /** What the servers of the scenes have to speak. Default `http/1.1`. */
  readonly protocol?: ServerProtocol;
  /** What its client cannot do: scenes about that are left out. Default: nothing. */
  readonly lacks?: readonly Ability[];
  /** Makes a client and binds it. */
  bind(manager: CredentialManager, setup: BindingSetup): Binding<Client>;
  /** Resolves with the answer whatever its status; rejects with the client's own error where there is no answer. */
  send(client: Client, request: SceneRequest): Promise<SceneAnswer>;
  /**
   * For clients with hooks or interceptors: adds one that calls `onAnswer` with the status of each answer it sees, and
   * returns the client that has it. Without this method the scene about hooks is left out.
   */
  watch?(client: Client, onAnswer: (status: number) => void): Client;
  /**
   * For clients that retry, alone or by a plug-in: as `send`, and where the answer is a 503, awaits `beforeRetry` and
   * lets the client try once more. Without this method the scene about retries is left out.
   */
  sendWithRetry?(
    client: Client,
    request: SceneRequest,
    beforeRetry: () => Promise<unknown>,
  ): Promise<SceneAnswer>;
  /**
   * For clients with an HTTP cache, their own or a plug-in: makes one that is empty, and returns a `bind` for clients that
   * share it. Without this method the scenes about caches are left out.
   */
  shareCache?(): BindingUnderTest<Client>['bind'];
}
