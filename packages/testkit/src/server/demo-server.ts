import { setTimeout as wait } from 'node:timers/promises';
import { compiledProgram } from '../plugin/compiled-program.js';
import type { PluginConfig } from '../plugin/plugin-config.js';
import { issuerSecretVariable, issuerUrlVariable } from '../plugin/plugin-environment.js';
import { CredentialIssuer } from './credential-issuer.js';
import { startIssuerEndpoint } from './issuer-endpoint.js';
import type { RecordedRequest } from './recorded-request.js';
import { sendJson, startTestApiServer, type TestApiServer } from './test-api-server.js';
import { createTestAuthority } from './test-authority.js';

export interface DemoServerOptions {
  /** How long a credential is good for. Milliseconds, default 4_000. */
  readonly lifetimeMs?: number;
  /** How long an answer takes, at most. Milliseconds, default 0: it comes at once. */
  readonly answerDelayMs?: number;
}

/** What the server saw of the clients with one `User-Agent`. */
export interface DemoClientView {
  /** Requests answered with 401. */
  readonly refused: number;
  /** Connections opened so far. */
  readonly opened: number;
  /** Those of them that are still open. */
  readonly open: number;
}

/** An API server whose credentials live a few seconds, with the plugin that gets them. */
export interface DemoServer extends AsyncDisposable {
  /** `https://localhost:PORT`, without a slash at the end. */
  readonly url: string;
  /** The certificate to trust, PEM text. */
  readonly ca: string;
  /** The exec plugin that knows how to get a credential; for `execSource`. Its environment holds a secret. */
  readonly plugin: PluginConfig;
  /** Tokens and certificates issued, and tokens revoked. */
  readonly issued: CredentialIssuer['counts'];
  /** What the server saw of one client, told apart by its `User-Agent`. */
  clientView(userAgent: string): DemoClientView;
  /** Makes the newest token worthless. False when it had expired already. */
  revoke(): boolean;
  close(): Promise<void>;
}

/**
 * Starts an API server on loopback that lets a request pass only with a token and a client certificate which are
 * both issued by itself, not expired and not revoked, judged anew for each request.
 */
export async function startDemoServer(options: DemoServerOptions = {}): Promise<DemoServer> {
  const authority = await createTestAuthority({ commonName: 'Keyturn demo authority' });
  const issuer = new CredentialIssuer({ authority, lifetimeMs: options.lifetimeMs ?? 4_000 });
  const endpoint = await startIssuerEndpoint(issuer);
  const views = new ClientViews();
  const api = await startTestApiServer({
    authority,
    keepRequests: 0,
    authorize: (request) => {
      const accepted = issuer.accepts(request.token, request.commonName);
      views.note(request, accepted);
      return accepted;
    },
    respond: async (_request, response, { method, path, body, commonName }) => {
      if (options.answerDelayMs) await wait(Math.random() * options.answerDelayMs);
      sendJson(response, 200, { method, path, bytes: body.length, commonName });
    },
  });
  const close = async (): Promise<void> => {
    await Promise.all([api.close(), endpoint.close()]);
  };
  return {
    url: api.url,
    ca: api.ca,
    plugin: {
      command: process.execPath,
      args: [compiledProgram('plugin/plugin.js')],
      env: [
        { name: issuerUrlVariable, value: endpoint.url },
        { name: issuerSecretVariable, value: endpoint.secret },
      ],
      apiVersion: 'client.authentication.k8s.io/v1',
      interactiveMode: 'Never',
    },
    get issued() {
      return issuer.counts;
    },
    clientView: (userAgent) => views.of(userAgent, api.connections),
    revoke: () => issuer.revoke(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Counts what each client did, as seen from the server. */
class ClientViews {
  readonly #refused = new Map<string, number>();
  readonly #connections = new Map<string, Set<number>>();

  note({ headers, connection }: RecordedRequest, accepted: boolean): void {
    const name = headers['user-agent'] ?? '';
    if (!accepted) this.#refused.set(name, (this.#refused.get(name) ?? 0) + 1);
    const known = this.#connections.get(name) ?? new Set();
    this.#connections.set(name, known.add(connection));
  }

  of(name: string, connections: TestApiServer['connections']): DemoClientView {
    const known = [...(this.#connections.get(name) ?? [])];
    return {
      refused: this.#refused.get(name) ?? 0,
      opened: known.length,
      open: known.filter((number) => connections.isOpen(number)).length,
    };
  }
}
