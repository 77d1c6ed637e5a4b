import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

export interface LoginProviderOptions {
  /** How long an access token lives. Milliseconds. */
  readonly lifetimeMs: number;
  /** How long a refresh takes. Milliseconds. */
  readonly refreshMs: number;
  /**
   * How long a refresh token that was used just now may come once more, and is answered with the same new one: so do large providers,
   * because an answer may be lost. Milliseconds; 0 revokes the login at once.
   */
  readonly leewayMs: number;
}

export interface LoginReport {
  readonly refreshes: number;
  /** Of those, the ones whose refresh token came a second time, within the leeway. */
  readonly repeats: number;
  /** Refresh tokens that came a second time otherwise. */
  readonly reuses: number;
  readonly isRevoked: boolean;
  /** When the latest access token was given, by `Date.now()`; 0 before the first. */
  readonly givenAt: number;
}

export interface LoginProvider {
  readonly url: string;
  report(): LoginReport;
  /** Refuses every access token given so far, as if it had expired early. */
  refuseAccess(): void;
  close(): Promise<void>;
}

interface Grant {
  readonly access: string;
  readonly refresh: string;
}

/**
 * Starts an identity provider with one login, and an API behind it. Each refresh gives a new refresh token, and an old one that comes
 * back costs the whole login: somebody may have stolen it.
 */
export async function startLoginProvider(options: LoginProviderOptions): Promise<LoginProvider> {
  const login = new Login(options);
  const server = createServer((request, response) => void answer(login, request, response));
  // Fifty processes with twenty requests each connect at once; Node has 511 wait.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    report: () => login.report(),
    refuseAccess: () => login.refuseAccess(),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  login: Login,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = new URLSearchParams(await text(request));
  const [status, content] =
    request.url === '/token'
      ? await login.refresh(body.get('refresh_token') ?? '')
      : login.admit(request.headers.authorization);
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(content));
}

class Login {
  readonly #options: LoginProviderOptions;
  #number = 1;
  #tokens = 0;
  #counts = { refreshes: 0, repeats: 0, reuses: 0 };
  #isRevoked = false;
  /** The access tokens, and until when each is good. */
  readonly #access = new Map<string, number>();
  /** When the last refresh token was used. */
  #usedAt = 0;
  #givenAt = 0;

  constructor(options: LoginProviderOptions) {
    this.#options = options;
  }

  report(): LoginReport {
    return { ...this.#counts, isRevoked: this.#isRevoked, givenAt: this.#givenAt };
  }

  refuseAccess(): void {
    this.#access.clear();
  }

  admit(authorization: string | undefined): [status: number, content: object] {
    const token = authorization?.replace(/^Bearer /, '') ?? '';
    const isGood = Date.now() < (this.#access.get(token) ?? 0);
    return isGood ? [200, {}] : [401, { error: 'invalid_token' }];
  }

  async refresh(token: string): Promise<[status: number, content: object]> {
    const { lifetimeMs, refreshMs } = this.#options;
    this.#counts.refreshes += 1;
    const grant = this.#grantFor(token);
    await pause(refreshMs);
    if (grant === undefined) return [400, { error: 'invalid_grant' }];
    const { access, refresh } = grant;
    const given = { access_token: access, refresh_token: refresh, expires_in: lifetimeMs / 1_000 };
    return [200, { ...given, token_type: 'Bearer' }];
  }

  #grantFor(token: string): Grant | undefined {
    if (this.#isRevoked) return undefined;
    if (token === `refresh-${this.#number}`) {
      this.#number += 1;
      this.#usedAt = Date.now();
      return this.#grant();
    }
    const isLast = token === `refresh-${this.#number - 1}`;
    if (isLast && Date.now() < this.#usedAt + this.#options.leewayMs) {
      this.#counts.repeats += 1;
      return this.#grant();
    }
    this.#counts.reuses += 1;
    this.#isRevoked = true;
    this.#access.clear();
    return undefined;
  }

  #grant(): Grant {
    this.#tokens += 1;
    const access = `access-${this.#tokens}`;
    this.#givenAt = Date.now();
    this.#access.set(access, this.#givenAt + this.#options.lifetimeMs);
    return { access, refresh: `refresh-${this.#number}` };
  }
}
