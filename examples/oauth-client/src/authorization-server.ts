import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Provider } from 'oidc-provider';

/** An authorization server inside this program. */
export interface AuthorizationServer extends AsyncDisposable {
  readonly issuer: string;
  readonly client: { readonly clientId: string; readonly clientSecret: string };
  /** Requests to the token endpoint so far. */
  readonly tokenRequests: number;
  /** Does what a person would do in a browser, and returns the refresh token of the login. */
  logIn(): Promise<string>;
  /** Ends the last login, as an administrator would. */
  logOut(): Promise<void>;
  isIssued(token: string | undefined): boolean;
}

const client = { clientId: 'orders', clientSecret: randomBytes(24).toString('base64url') };
const scope = 'openid offline_access';

/** Starts a real one, which replaces a refresh token with each use and ends a login whose old one comes back. */
export async function startAuthorizationServer(): Promise<AuthorizationServer> {
  const issued = new Set<string>();
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const provider = await makeProvider(issuer);
  provider.on('access_token.saved', ({ jti }) => issued.add(jti));
  let tokenRequests = 0;
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url === '/token') tokenRequests += 1;
    answer(request, response);
  });
  let grantId = '';
  return {
    issuer,
    client,
    get tokenRequests() {
      return tokenRequests;
    },
    logIn: async () => {
      const grant = new provider.Grant({ clientId: client.clientId, accountId: 'ada' });
      grant.addOIDCScope(scope);
      grantId = await grant.save();
      const found = await provider.Client.find(client.clientId);
      const login = { client: found, accountId: 'ada', grantId, scope, gty: 'authorization_code' };
      return new provider.RefreshToken(login).save();
    },
    logOut: async () => (await provider.Grant.find(grantId))?.destroy(),
    isIssued: (token) => token !== undefined && issued.has(token),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function makeProvider(issuer: string): Promise<Provider> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { warn } = console;
  // It tells of an older Node, where it runs all the same, and that it forgets everything at its end, which is right here.
  console.warn = () => {};
  try {
    const { Provider } = await import('oidc-provider');
    return new Provider(issuer, {
      clients: [
        {
          ...{ client_id: client.clientId, client_secret: client.clientSecret },
          ...{ grant_types: ['refresh_token'], response_types: [], redirect_uris: [] },
        },
      ],
      cookies: { keys: [randomBytes(16).toString('hex')] },
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: 'server' }] },
      rotateRefreshToken: true,
      ttl: { AccessToken: 600, RefreshToken: 86_400, IdToken: 600, Grant: 86_400 },
      features: { devInteractions: { enabled: false } },
      findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    });
  } finally {
    console.warn = warn;
  }
}
