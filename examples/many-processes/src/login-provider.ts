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
   * How long a refresh token that was used just now may come once more, and is answered as before: so do large providers, because an
   * answer may be lost. Milliseconds; 0 revokes the login at once.
   */
  readonly leewayMs: number;
}

export interface LoginReport {
  readonly refreshes: number;
  /** Answered a second time, within the leeway. */
  readonly repeats: number;
  /** Refresh tokens that came a second time otherwise. */
  readonly reuses: number;
  readonly isRevoked: boolean;
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
  readonly at: number;
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
  #counts = { refreshes: 0, repeats: 0, reuses: 0 };
  #isRevoked = false;
  #last: Grant | undefined;

  constructor(options: LoginProviderOptions) {
    this.#options = options;
  }

  report(): LoginReport {
    return { ...this.#counts, isRevoked: this.#isRevoked };
  }

  refuseAccess(): void {
    if (this.#last !== undefined) this.#last = { ...this.#last, access: 'none' };
  }

  admit(authorization: string | undefined): [status: number, content: object] {
    const { access, at } = this.#last ?? { access: 'none', at: 0 };
    const isGood =
      authorization === `Bearer ${access}` && Date.now() < at + this.#options.lifetimeMs;
    return isGood ? [200, {}] : [401, { error: 'invalid_token' }];
  }

  async refresh(token: string): Promise<[status: number, content: object]> {
    const { refreshMs, leewayMs } = this.#options;
    this.#counts.refreshes += 1;
    const grant = this.#grantFor(token, leewayMs);
    await pause(refreshMs);
    if (grant === undefined) return [400, { error: 'invalid_grant' }];
    const { access, refresh } = grant;
    const expires_in = this.#options.lifetimeMs / 1_000;
    return [
      200,
      { access_token: access, refresh_token: refresh, token_type: 'Bearer', expires_in },
    ];
  }

  #grantFor(token: string, leewayMs: number): Grant | undefined {
    if (this.#isRevoked) return undefined;
    if (token === `refresh-${this.#number}`) return this.#grant();
    const last = this.#last;
    const isRepeat =
      token === `refresh-${this.#number - 1}` && Date.now() < (last?.at ?? 0) + leewayMs;
    if (isRepeat) {
      this.#counts.repeats += 1;
      return last;
    }
    this.#counts.reuses += 1;
    this.#isRevoked = true;
    this.#last = undefined;
    return undefined;
  }

  #grant(): Grant {
    this.#number += 1;
    const [access, refresh] = [`access-${this.#number}`, `refresh-${this.#number}`];
    this.#last = { access, refresh, at: Date.now() };
    return this.#last;
  }
}
