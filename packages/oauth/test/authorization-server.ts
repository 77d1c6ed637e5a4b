import { generateKeyPairSync, sign as nodeSign, randomBytes, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TestAuthority } from '@keyturn/testkit';
import type { Context, Provider } from 'oidc-provider';

/** One request to the token endpoint, and how it was answered. */
export interface TokenRequest {
  readonly form: URLSearchParams;
  readonly status: number;
}

export interface AuthorizationServer extends AsyncDisposable {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly tokenRequests: readonly TokenRequest[];
  /** Logs a person in, as a browser would have, and returns the refresh token of the login. */
  logIn(): Promise<string>;
  /** Whether a refresh token, or one that was put in its place, still works. */
  isAlive(refreshToken: string): Promise<boolean>;
  /** Signs a JWT that says for whom it is, and that the server believes. */
  vouchFor(subject: string, audience: string): string;
  /** Answers the next requests to the token endpoint before the server sees them, while it returns true. */
  intercept(
    answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined,
  ): void;
}

export const client = { id: 'robot', secret: 'a-secret-of-the-robot', keyId: 'robot-key' } as const;

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** The key of the client that authenticates with a JWT, as PEM text. */
export const clientKey: string = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

const jwk = { ...publicKey.export({ format: 'jwk' }), kid: client.keyId, use: 'sig', alg: 'ES256' };
const voucher = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const clients = [
  ['robot', { token_endpoint_auth_method: 'client_secret_basic', client_secret: client.secret }],
  [
    'robot-post',
    { token_endpoint_auth_method: 'client_secret_post', client_secret: client.secret },
  ],
  ['robot-key', { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } }],
  [
    'robot-tls',
    { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=robot-tls' },
  ],
] as const;

const everyGrant = ['client_credentials', 'refresh_token', exchange, jwtBearer];

/**
 * Starts a real authorization server, with rotation of refresh tokens and detection of their reuse. Token exchange and JWT bearer it leaves
 * to those who run it; here they believe what `vouchFor` signs.
 * @param authority makes it a TLS server that knows client certificates
 */
export async function startAuthorizationServer(
  authority?: TestAuthority,
): Promise<AuthorizationServer> {
  const tokenRequests: TokenRequest[] = [];
  let provider: Provider | undefined;
  let interceptor: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/token' && interceptor?.(request, response)) return;
    provider?.callback()(request, response);
  };
  const server = await listen(handle, authority);
  const { port } = server.address() as AddressInfo;
  const issuer = `${authority === undefined ? 'http' : 'https'}://localhost:${port}`;
  const running = await makeProvider(issuer);
  running.use(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route !== 'token') return;
    const form = new URLSearchParams(ctx.oidc.body);
    tokenRequests.push({ form, status: ctx.status ?? 0 });
  });
  provider = running;
  return {
    issuer,
    tokenEndpoint: `${issuer}/token`,
    tokenRequests,
    logIn: () => logIn(running),
    isAlive: async (refreshToken) => (await running.RefreshToken.find(refreshToken)) !== undefined,
    vouchFor: (subject, audience) => sign({ sub: subject, aud: audience }),
    intercept: (answer) => {
      interceptor = answer;
    },
    [Symbol.asyncDispose]: async () => {
      if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  authority: TestAuthority | undefined,
): Promise<Server> {
  let server: Server = createServer(handle);
  if (authority !== undefined) {
    const { certificate, privateKey: key } = await authority.issueServerCertificate();
    const ca = authority.certificate;
    const options = { cert: certificate, key, ca, requestCert: true, rejectUnauthorized: false };
    server = createTlsServer(options, handle);
  }
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}

async function makeProvider(issuer: string): Promise<Provider> {
  const { Provider } = await loadProvider();

  const certificateOf = (ctx: Context): string | undefined => {
    const raw = (ctx.req.socket as TLSSocket).getPeerCertificate?.().raw;
    return (
      raw && `-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----`
    );
  };
  const provider = await withoutWarnings(
    () =>
      new Provider(issuer, {
        clients: clients.map(([id, fields]) => ({
          ...{ client_id: id, grant_types: everyGrant, response_types: [], redirect_uris: [] },
          id_token_signed_response_alg: 'ES256',
          ...fields,
        })),
        clientAuthMethods: clients.map(
          ([, { token_endpoint_auth_method }]) => token_endpoint_auth_method,
        ),
        cookies: { keys: [randomBytes(16).toString('hex')] },
        jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: 'server' }] },
        scopes: ['openid', 'offline_access', 'read', 'write'],
        rotateRefreshToken: true,
        ttl: {
          AccessToken: 600,
          ClientCredentials: 600,
          RefreshToken: 86_400,
          IdToken: 600,
          Grant: 86_400,
        },
        features: {
          devInteractions: { enabled: false },
          clientCredentials: { enabled: true },
          resourceIndicators: { enabled: true, ...resources },
          mTLS: {
            enabled: true,
            tlsClientAuth: true,
            getCertificate: certificateOf,
            certificateAuthorized: (ctx: Context) => (ctx.req.socket as TLSSocket).authorized,
            certificateSubjectMatches: (ctx: Context, _property: string, expected: string) =>
              expected === `CN=${(ctx.req.socket as TLSSocket).getPeerCertificate().subject.CN}`,
          },
        },
        findAccount: (_ctx: Context, id: string) => ({
          accountId: id,
          claims: () => ({ sub: id }),
        }),
      }),
  );
  provider.registerGrantType(jwtBearer, believing(provider, 'assertion'), ['assertion', 'scope']);
  const parameters = ['subject_token', 'subject_token_type', 'requested_token_type', 'scope'];
  const more = ['actor_token', 'actor_token_type', 'audience', 'resource'];
  const duplicates = ['audience', 'resource'];
  const believe = believing(provider, 'subject_token');
  provider.registerGrantType(exchange, believe, [...parameters, ...more], duplicates);
  return provider;
}

const loadProvider = () => withoutWarnings(() => import('oidc-provider'));

/** It tells of an older Node, where it runs all the same, and that it forgets everything at its end, which is what a test wants. */
async function withoutWarnings<Result>(act: () => Result | Promise<Result>): Promise<Result> {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await act();
  } finally {
    console.warn = warn;
  }
}

const resources = {
  getResourceServerInfo: async (_ctx: Context, resource: string) => {
    const { errors } = await loadProvider();
    if (!resource.startsWith('https://api.')) throw new errors.InvalidTarget('unknown resource');
    return { scope: 'read write', accessTokenTTL: 600, accessTokenFormat: 'opaque' };
  },
  useGrantedResource: () => true,
};

/** A grant that gives a token to whoever brings a JWT that `vouchFor` has signed for this server. */
function believing(provider: Provider, parameter: string): (ctx: Context) => Promise<void> {
  return async (ctx) => {
    const { errors } = await loadProvider();
    if (!isBelieved(ctx.oidc.params[parameter] ?? ''))
      throw new errors.InvalidGrant('it is not believed');
    const token = new provider.ClientCredentials({ client: ctx.oidc.client });
    ctx.body = {
      access_token: await token.save(),
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: token.expiration,
    };
  };
}

const inBase64 = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

function sign(claims: object): string {
  const exp = Math.floor(Date.now() / 1_000) + 600;
  const signed = `${inBase64({ alg: 'ES256' })}.${inBase64({ ...claims, exp })}`;
  const options = { key: voucher.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${signed}.${nodeSign('sha256', Buffer.from(signed), options).toString('base64url')}`;
}

function isBelieved(jwt: string): boolean {
  const [header, payload, signature = ''] = jwt.split('.');
  const key = { key: voucher.publicKey, dsaEncoding: 'ieee-p1363' } as const;
  const bytes = Buffer.from(signature, 'base64url');
  return verify('sha256', Buffer.from(`${header}.${payload}`), key, bytes);
}

async function logIn(provider: Provider): Promise<string> {
  const scope = 'openid offline_access read';
  const found = await provider.Client.find(client.id);
  const grant = new provider.Grant({ clientId: client.id, accountId: 'ada' });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  const fields = { client: found, accountId: 'ada', grantId, scope, gty: 'authorization_code' };
  return new provider.RefreshToken(fields).save();
}
