/** What a file of this folder says of one client: `axios-client.ts` is an example, `clients.ts` lists them. */
import type { CredentialManager } from '@keyturn/core';
import type { Seen } from './hostile-server.js';

/** Where a client may be led. Plain data, because it crosses to another process. */
export interface Places {
  /** The origin to bind to, and to ask: `https://localhost:PORT`. */
  readonly good: string;
  /** Another one, trusted as well: only the scope keeps the credential from it. */
  readonly evil: string;
  /** Whom to trust, PEM text. */
  readonly ca: string;
}

/** A client, ready to send the judged request. */
export interface ReadyClient {
  /**
   * Sends the judged request, the same each time: `judged.method` to `judged.path` with `judged.headers` and
   * `judged.body`, as far as the client has them. Resolves when it is answered; rejects where it is refused or fails.
   */
  send(): Promise<unknown>;
  close(): void;
}

export interface HostileClient {
  readonly name: string;
  /** Whether a refused request is sent once more. */
  readonly replays: boolean;
  /** Binds a new client to `good`. */
  bind(manager: CredentialManager, places: Places): ReadyClient;
  /** The same client without us, with `token` in its headers: for comparison. */
  bare(token: string, places: Places): ReadyClient;
  /** What the caller of this client may change while its request is under way. */
  readonly changes: readonly Change[];
}

/** Something that a caller holds and may change. */
export interface Change {
  readonly what: string;
  /**
   * What comes of it. `judged`, the rule: it is sent as if nothing had been changed. `refused`: it fails, and nothing is
   * sent. `anonymous`: what was changed is the client's own, which does as it says; but the credential does not go along.
   */
  readonly outcome?: 'judged' | 'refused' | 'anonymous';
  /** Binds a new client to `good` and makes the judged call with it. */
  call(manager: CredentialManager, places: Places): ChangeableCall;
}

export interface ChangeableCall {
  readonly answer: Promise<unknown>;
  /** Changes what the caller holds, so that it leads to `evil`, or says "evil" in a header or in the body. */
  change(): void;
  close(): void;
}

/** The one request of all tests in this folder. */
export const judged = {
  method: 'POST',
  path: '/judged',
  headers: { 'x-judged': 'yes' },
  body: 'judged body',
} as const;

/** As long as the body, so that it fits into the same buffer. */
export const evilBody: string = 'evil! bytes';

/** Tells whether a server was sent the judged request and nothing else. A client without bodies sends none. */
export function isJudged({ method, path, headers, body }: Seen): boolean {
  const text = `${method} ${path} ${JSON.stringify(headers)} ${body}`;
  return (
    path.includes(judged.path) &&
    headers['x-judged'] === 'yes' &&
    (method === 'GET' || body.includes('judged')) &&
    !/evil/i.test(text)
  );
}

/** Makes the judged call with a client that is bound for it alone. */
export function changeable<Client>(
  { client, unbind }: { readonly client: Client; unbind(): void },
  call: (client: Client) => { readonly answer: Promise<unknown>; readonly change: () => void },
): ChangeableCall {
  return { ...call(client), close: unbind };
}

/** The judged body as text in a Buffer, a typed array and the like, and what changes it in place. */
export function changeableBytes(): { readonly bytes: Buffer; readonly change: () => void } {
  const bytes = Buffer.from(new TextEncoder().encode(judged.body).buffer);
  return { bytes, change: () => bytes.set(Buffer.from(evilBody)) };
}

export function judgedForm(): { readonly form: FormData; readonly change: () => void } {
  const form = new FormData();
  form.set('field', judged.body);
  return { form, change: () => form.set('field', evilBody) };
}
