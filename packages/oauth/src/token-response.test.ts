import { type CredentialError, createCredentialManager } from '@keyturn/core';
import { manualClock } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { scriptedFetch } from '../test/scripted-fetch.js';
import { oauthSource } from './oauth-source.js';

const now = Date.UTC(2026, 0, 15, 12);
const clock = manualClock(now);
const inBase64 = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: object): string => `${inBase64({ alg: 'none' })}.${inBase64(claims)}.x`;
const exp = now / 1_000 + 60;

async function read(body: object, options: object = {}) {
  const { fetch } = scriptedFetch({ body });
  const source = oauthSource({
    ...{ grant: 'token_exchange', tokenEndpoint: 'https://idp.example/', subjectToken: 'subject' },
    ...{ fetch, ...options },
  });
  const manager = createCredentialManager({ source, clock });
  onTestFinished(() => manager.close());
  const { token, expiresAt } = await manager.current();
  return [token, expiresAt === undefined ? undefined : expiresAt - now];
}

const bearer = { access_token: 't', token_type: 'bearer' };

describe('a token expires', () => {
  it.each([
    ['when "expires_in" says', { ...bearer, expires_in: 30 }, {}, 30_000],
    ['when "expires_in" says in a text', { ...bearer, expires_in: '30' }, {}, 30_000],
    ['never, where that is missing', bearer, {}, undefined],
    ['never, where that is null', { ...bearer, expires_in: null }, {}, undefined],
    ['when the "exp" of a JWT says', { ...bearer, access_token: jwt({ exp }) }, {}, 60_000],
    ['never, where a JWT has none', { ...bearer, access_token: jwt({}) }, {}, undefined],
    ['never, where it only looks like one', { ...bearer, access_token: 'eyJx.e.x' }, {}, undefined],
    ['after "lifetimeMs"', bearer, { lifetimeMs: 5_000 }, 5_000],
    ['by the earlier of both', { ...bearer, expires_in: 3 }, { lifetimeMs: 5_000 }, 3_000],
    ['at once, and is held for a while', { ...bearer, expires_in: 0 }, {}, 0],
  ])('%s', async (_, body, options, expected) => {
    const [, expires] = await read(body, options);
    expect(expires).toBe(expected);
  });
});

describe('an answer', () => {
  it.each([
    ['without an access token', { token_type: 'bearer' }, '"access_token" that is missing'],
    ['with an access token that is none', { ...bearer, access_token: 5 }, '"access_token" that is'],
    ['with an empty access token', { ...bearer, access_token: '' }, '"access_token" that is'],
    ['without a type', { access_token: 't' }, 'without "token_type"'],
    ['with a DPoP token', { ...bearer, token_type: 'DPoP' }, 'a token of type "DPoP"'],
    ['with a type that is none', { ...bearer, token_type: 's e\ncret' }, 'of a type that is none'],
    ['with a token that is no access token', { ...bearer, token_type: 'N_A' }, 'of type "N_A"'],
    ['with an expiry that is none', { ...bearer, expires_in: 'soon' }, '"expires_in" that is'],
    ['with a negative expiry', { ...bearer, expires_in: -5 }, '"expires_in" that is'],
    ['with a refresh token that is none', { ...bearer, refresh_token: {} }, '"refresh_token" that'],
  ])('%s is no token', async (_, body, words) => {
    await expect(read(body)).rejects.toMatchObject({
      code: 'ERR_OAUTH_RESPONSE',
      message: expect.stringContaining(words),
    });
  });

  it('may have a token that is no access token where such a one was asked for', async () => {
    const options = { requestedTokenType: 'id_token' };
    expect(await read({ ...bearer, token_type: 'N_A' }, options)).toEqual(['t', undefined]);
  });

  it.each([
    ['null where it means nothing', { refresh_token: null, scope: null }],
    ['a scope as a list', { scope: ['read', 'write'] }],
  ])('may have %s', async (_, more) => {
    expect(await read({ ...bearer, ...more })).toEqual(['t', undefined]);
  });

  it('may have an ID token that is nobody’s, where nobody wants that', async () => {
    expect(await read({ ...bearer, id_token: 'nonsense' })).toEqual(['t', undefined]);
  });

  it('with an ID token for somebody else is refused, where that is wanted', async () => {
    const options = {
      ...{ issuer: 'https://idp.example', clientId: 'robot' },
      useToken: 'id_token',
    };
    const claims = { iss: 'https://idp.example', sub: 'ada', iat: exp, exp: exp + 86_400_000 };
    const sign = (more: object): string =>
      `${inBase64({ alg: 'RS256' })}.${inBase64({ ...claims, ...more })}.eA`;
    const answer = (more: object): object => ({ ...bearer, id_token: sign(more) });
    expect(await read(answer({ aud: 'robot' }), options)).toHaveLength(2);
    for (const more of [{ aud: 'other' }, { aud: 'robot', iss: 'https://evil.example' }]) {
      const error = await read(answer(more), options).catch((thrown: CredentialError) => thrown);
      expect(error).toMatchObject({ code: 'ERR_OAUTH_RESPONSE' });
    }
  });
});
