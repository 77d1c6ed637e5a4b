import { describe, expect, it } from 'vitest';
import { type OAuthSourceOptions, oauthSource } from './oauth-source.js';

const tokenEndpoint = 'https://idp.example/token';
const byClient = {
  ...{ tokenEndpoint, clientId: 'robot', clientSecret: 's3cret' },
  grant: 'client_credentials',
} as const;
const make = (changes: object, options: object = byClient): unknown =>
  oauthSource({ ...options, ...changes } as OAuthSourceOptions);

describe('an OAuth source', () => {
  it('is named after its client and its server', () => {
    expect(oauthSource(byClient).name).toBe('OAuth client robot at idp.example');
    const nameless = oauthSource({ grant: 'jwt_bearer', tokenEndpoint, assertion: 'x' });
    expect(nameless.name).toBe('OAuth at idp.example');
  });

  it.each([
    [
      { grant: 'password' },
      '"client_credentials", "refresh_token", "token_exchange", "jwt_bearer"',
    ],
    [{ grant: undefined }, 'takes a "grant"'],
    [{ tokenEndpoint: undefined }, 'takes the URL of an "issuer", or of a "tokenEndpoint"'],
    [{ tokenEndpoint: '/token' }, '"tokenEndpoint" of oauthSource must be an absolute http'],
    [{ tokenEndpoint: 'ftp://idp.example/' }, 'must be an absolute http or https URL'],
    [{ tokenEndpoint: '' }, 'must be an absolute http or https URL'],
    [{ tokenEndpoint: 'https://me:s3cret@idp.example/' }, 'without a user, a password'],
    [{ issuer: 'https://idp.example/#x' }, 'and a fragment'],
    [{ clientID: 'robot' }, 'Did you mean "clientId"?'],
    [{ refreshToken: 'x' }, 'has no option "refreshToken"'],
    [{ clientId: undefined }, 'takes the "clientId"'],
    [{ clientId: '' }, '"clientId" of oauthSource must be a text'],
    [
      { clientSecret: '' },
      '"clientSecret" of oauthSource must be a text that is not empty, { file }',
    ],
    [{ clientSecret: { file: '' } }, '"clientSecret" of oauthSource must be'],
    [{ clientSecret: { path: '/x' } }, '"clientSecret" of oauthSource must be'],
    [{ clientSecret: undefined }, 'takes a "clientSecret", "clientAssertion" or "privateKey"'],
    [{ clientSecretMethod: 'query' }, 'must be "basic" or "post"'],
    [{ clientAssertion: 'x' }, 'one of "clientSecret" and "clientAssertion", not both'],
    [{ clientSecret: undefined, privateKey: {} }, '"key" of oauthSource must be'],
    [{ clientSecret: undefined, privateKey: 'PEM' }, '"privateKey" takes an object'],
    [
      { clientSecret: undefined, privateKey: { key: 'x', algorithm: 'none' } },
      '"algorithm" of oauthSource must be one of RS256',
    ],
    [{ clientSecret: undefined, privateKey: { key: 'x', kid: '1' } }, 'has no option "kid"'],
    [{ mutualTls: true }, 'takes a "fetch" that presents the client certificate'],
    [{ mutualTls: 'yes' }, '"mutualTls" must be true or false'],
    [{ fetch: 'https' }, '"fetch" of oauthSource must be a function'],
    [{ scope: ['a', 1] }, '"scope" of oauthSource must be a text, or a list of texts'],
    [{ audience: '' }, '"audience" of oauthSource must be a text'],
    [{ parameters: { client_secret: 'x' } }, '"client_secret" cannot stand there'],
    [{ parameters: { grant_type: 'x' } }, '"grant_type" cannot stand there'],
    [{ parameters: { max_age: 5 } }, '"max_age" cannot stand there'],
    [{ useToken: 'refresh_token' }, 'must be "access_token" or "id_token"'],
    [{ useToken: 'id_token' }, 'takes the "issuer" of an ID token'],
    [{ lifetimeMs: 0 }, '"lifetimeMs" must be a number of at least 1'],
    [{ timeoutMs: '5' }, '"timeoutMs" must be a number'],
  ])('is refused with a sentence that leads on: %o', (changes, words) => {
    expect(() => make(changes)).toThrow(TypeError);
    expect(() => make(changes)).toThrow(words);
  });

  it.each([
    [{ grant: 'refresh_token', ...{ tokenEndpoint, clientId: 'robot' } }, '"refreshToken"'],
    [{ grant: 'refresh_token', tokenEndpoint, refreshToken: 'x' }, 'takes the "clientId"'],
    [{ grant: 'token_exchange', tokenEndpoint }, '"subjectToken"'],
    [
      { grant: 'token_exchange', tokenEndpoint, subjectToken: 'x', subjectTokenType: 5 },
      '"subjectTokenType" of oauthSource must be the type of a token',
    ],
    [{ grant: 'jwt_bearer', tokenEndpoint }, '"assertion"'],
  ])('wants what its grant needs: %o', (options, words) => {
    expect(() => make({}, options)).toThrow(words);
  });

  it.each([undefined, null, 'client_credentials', async () => 'token'])(
    'is made of options: %s',
    (options) => {
      expect(() => oauthSource(options as never)).toThrow('takes a "grant"');
    },
  );

  it('sends no secret in clear text beyond this machine', () => {
    const insecure = { tokenEndpoint: 'http://idp.example/token' };
    expect(() => make(insecure)).toThrow(expect.objectContaining({ code: 'ERR_ORIGIN_INSECURE' }));
    expect(() => make({ ...insecure, allowInsecure: true })).not.toThrow();
    expect(() => make({ tokenEndpoint: 'http://127.0.0.1:1/token' })).not.toThrow();
  });

  it('quotes no secret in a sentence about options', () => {
    for (const changes of [{ clientAssertion: 's3cret-2' }, { scope: ['s3cret', 1] }]) {
      expect(() => make(changes)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('s3cret') }),
      );
    }
  });
});
