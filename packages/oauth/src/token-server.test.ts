import { type CredentialError, createCredentialManager } from '@keyturn/core';
import { manualClock } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ScriptedAnswer, scriptedFetch, token } from '../test/scripted-fetch.js';
import { oauthSource } from './oauth-source.js';

const issuer = 'https://idp.example/realms/one';
const tokenEndpoint = 'https://tokens.example/token';

function setUp(metadata: ScriptedAnswer, options: object = {}, oauth2?: ScriptedAnswer) {
  const clock = manualClock();
  const server = scriptedFetch(() => {
    const { url = '' } = server.requests.at(-1) ?? {};
    if (url.endsWith('/.well-known/openid-configuration')) return metadata;
    return url.includes('/.well-known/') ? (oauth2 ?? { status: 404 }) : token('t');
  });
  const source = oauthSource({
    ...{ grant: 'client_credentials', issuer, clientId: 'robot', clientSecret: 's3cret' },
    ...{ fetch: server.fetch, ...options },
  });
  const manager = createCredentialManager({ source, clock });
  onTestFinished(() => manager.close());
  const failure = (): Promise<CredentialError> =>
    manager.current().then(
      () => expect.fail('It did not fail.'),
      (error: CredentialError) => error,
    );
  const urls = (): string[] => server.requests.map(({ url }) => url);
  return { clock, server, manager, failure, urls };
}

const good = (more: object = {}): ScriptedAnswer => ({
  body: { issuer, token_endpoint: tokenEndpoint, ...more },
});

describe('the metadata of an issuer', () => {
  it('are asked for once in an hour', async () => {
    const { clock, manager, urls } = setUp(good());
    await manager.current();
    await manager.refresh();
    expect(urls()).toEqual([
      `${issuer}/.well-known/openid-configuration`,
      tokenEndpoint,
      tokenEndpoint,
    ]);
    await clock.advance(3_600_000);
    await manager.refresh();
    expect(urls()).toHaveLength(5);
  });

  it('are looked for where RFC 8414 puts them, too', async () => {
    const { manager, urls } = setUp({ status: 404 }, {}, good());
    await manager.current();
    const origin = 'https://idp.example';
    expect(urls()[1]).toBe(`${origin}/.well-known/oauth-authorization-server/realms/one`);
  });

  it('are asked for anew after a failure: the server may have moved', async () => {
    const { server, manager, urls } = setUp(good());
    await manager.current();
    const answer = server.answer;
    server.answer = { status: 500, body: '' };
    await manager.refresh().catch(() => {});
    server.answer = answer;
    await manager.refresh();
    expect(urls().filter((url) => url.includes('well-known'))).toHaveLength(2);
  });

  it('say where a secret goes', async () => {
    const methods = { token_endpoint_auth_methods_supported: ['client_secret_post'] };
    const { server, manager } = setUp(good(methods));
    await manager.current();
    expect(server.forms[1]?.get('client_secret')).toBe('s3cret');
    expect(server.requests[1]?.init.headers['authorization']).toBeUndefined();
  });

  it('say where a client certificate goes', async () => {
    const mtls = 'https://mtls.example/token';
    const aliases = good({ mtls_endpoint_aliases: { token_endpoint: mtls } });
    const { manager, urls } = setUp(aliases, { mutualTls: true });
    await manager.current();
    expect(urls()[1]).toBe(mtls);
    const without = setUp(aliases);
    await without.manager.current();
    expect(without.urls()[1]).toBe(tokenEndpoint);
  });

  it.each([
    [{ body: { ...Object(good().body), issuer: 'https://evil.example' } }, 'are of another issuer'],
    [{ body: { token_endpoint: tokenEndpoint } }, 'name no issuer'],
    [{ body: '<html>' }, 'are no JSON'],
    [{ status: 500, body: '' }, 'the answer has status 500'],
    [{ status: 302, headers: { location: 'https://evil.example' }, body: '' }, 'status 302'],
    [good({ token_endpoint: undefined }), 'name no token endpoint'],
    [good({ token_endpoint: 'file:///etc/passwd' }), 'name no token endpoint'],
    [good({ token_endpoint: 'http://127.0.0.1/token' }), 'in plain http'],
  ])('that cannot be used are told, and no secret is sent: %o', async (metadata, words) => {
    const { failure, server } = setUp(metadata);
    const error = await failure();
    expect(error.code).toBe('ERR_OAUTH_DISCOVERY');
    expect(error.message).toContain(words);
    expect(server.requests.every(({ init }) => init.method === 'GET')).toBe(true);
  });

  it('that lead to plain http on another machine are refused', async () => {
    const { failure, server } = setUp(good({ token_endpoint: 'http://tokens.example/' }));
    expect(await failure()).toMatchObject({ code: 'ERR_ORIGIN_INSECURE' });
    expect(server.requests).toHaveLength(1);
  });

  it('that are not to be had now are left alone for as long as the server says', async () => {
    const busy = { status: 503, headers: { 'retry-after': '60' }, body: '' };
    expect(await setUp(busy).failure()).toMatchObject({ retryAfterMs: 60_000 });
  });

  it('are not asked for where the token endpoint is given', async () => {
    const { manager, urls } = setUp(good(), { tokenEndpoint: 'https://other.example/token' });
    await manager.current();
    expect(urls()).toEqual(['https://other.example/token']);
  });
});
