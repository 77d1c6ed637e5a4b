import { inspect } from 'node:util';
import {
  type CredentialError,
  createCredentialManager,
  firstOf,
  staticSource,
} from '@keyturn/core';
import { manualClock } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { refused, type ScriptedFetch, scriptedFetch, token } from '../test/scripted-fetch.js';
import { type OAuthSourceOptions, oauthSource } from './oauth-source.js';

const tokenEndpoint = 'https://idp.example/token';
const secret = 'kX9vB4nR1wZ6-secret-of-the-client';

const robot = { tokenEndpoint, clientId: 'robot', clientSecret: secret } as const;
const byClient = { grant: 'client_credentials', ...robot } as const;
const byRefreshToken = { grant: 'refresh_token', ...robot, refreshToken: 'login-1' } as const;

function setUp(options: OAuthSourceOptions, answer: ScriptedFetch['answer'] = token('t1')) {
  const server = scriptedFetch(answer);
  const clock = manualClock();
  const source = oauthSource({ ...options, fetch: server.fetch });
  const manager = createCredentialManager({ source, clock });
  onTestFinished(() => manager.close());
  const failure = (asked: Promise<unknown> = manager.current()): Promise<CredentialError> =>
    asked.then(
      () => expect.fail('It did not fail.'),
      (error: CredentialError) => error,
    );
  return { server, clock, source, manager, failure };
}

describe('a token', () => {
  it('is asked for with what the grant wants, and lasts from when it was asked for', async () => {
    const { server, clock, manager } = setUp({
      ...byClient,
      scope: ['read', 'write'],
      resource: ['https://one.example', 'https://two.example'],
      audience: 'orders',
      parameters: { tenant: 'a b' },
    });
    const { token: given, expiresAt } = await manager.current();
    expect([given, expiresAt]).toEqual(['t1', clock.now() + 3_600_000]);
    const [{ url, init } = expect.fail()] = server.requests;
    expect([url, init.method, init.redirect]).toEqual([tokenEndpoint, 'POST', 'manual']);
    expect(init.headers).toMatchObject({
      accept: 'application/json',
      authorization: `Basic ${Buffer.from(`robot:${secret.replaceAll('-', '%2D')}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
    });
    expect([...(server.forms[0] ?? [])]).toEqual([
      ['scope', 'read write'],
      ['resource', 'https://one.example'],
      ['resource', 'https://two.example'],
      ['audience', 'orders'],
      ['tenant', 'a b'],
      ['grant_type', 'client_credentials'],
    ]);
  });

  it('is exchanged, with types by their short names', async () => {
    const { server, manager } = setUp({
      grant: 'token_exchange',
      ...{ tokenEndpoint, subjectToken: 'subject', actorToken: 'actor' },
      ...{ subjectTokenType: 'jwt', requestedTokenType: 'urn:x:y' },
    });
    await manager.current();
    expect(Object.fromEntries(server.forms[0] ?? [])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'subject',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      actor_token: 'actor',
      actor_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      requested_token_type: 'urn:x:y',
    });
    expect(server.requests[0]?.init.headers['authorization']).toBeUndefined();
  });

  it('is had for an assertion, by a client without a name', async () => {
    const { server, manager } = setUp({ grant: 'jwt_bearer', tokenEndpoint, assertion: 'a.b.c' });
    await manager.current();
    expect(Object.fromEntries(server.forms[0] ?? [])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: 'a.b.c',
    });
  });
});

describe('a refresh token', () => {
  it('that the server replaces is used once, and the next one after it', async () => {
    let count = 1;
    const { server, manager } = setUp(byRefreshToken, () => {
      count += 1;
      return token(`t${count}`, { refresh_token: `login-${count}` });
    });
    await manager.current();
    await manager.refresh();
    await manager.refresh();
    const presented = server.forms.map((form) => form.get('refresh_token'));
    expect(presented).toEqual(['login-1', 'login-2', 'login-3']);
  });

  it('that the server leaves alone goes on, also the one before it', async () => {
    const answers = [token('t1', { refresh_token: 'login-2' }), token('t2'), token('t3')];
    const { server, manager } = setUp(byRefreshToken, () => answers.shift() ?? expect.fail());
    for (const _ of [1, 2, 3]) await manager.refresh();
    const presented = server.forms.map((form) => form.get('refresh_token'));
    expect(presented).toEqual(['login-1', 'login-2', 'login-2']);
  });

  it('is no secret that is printed with the source, its manager or a credential', async () => {
    const { source, manager } = setUp(byRefreshToken, token('t1', { refresh_token: 'login-2' }));
    const credential = await manager.current();
    for (const printed of [source, manager, credential, manager.stats()]) {
      const shown = inspect(printed, { depth: null, showHidden: true });
      expect(shown).not.toMatch(/login-|secret-of/);
    }
  });

  it('is presented once by two managers that begin at the same time', async () => {
    const { server, source, manager } = setUp(byRefreshToken, token('t1', { refresh_token: 'n' }));
    const other = createCredentialManager({ source });
    onTestFinished(() => other.close());
    const [one, two] = await Promise.all([manager.current(), other.current()]);
    expect([one.token, two.token, server.requests.length]).toEqual(['t1', 't1', 1]);
  });

  it('that is spent is presented by nobody again: a server would take it for stolen', async () => {
    const { server, source, manager, failure } = setUp(
      byRefreshToken,
      token('t1', { refresh_token: 'login-2' }),
    );
    await manager.current();
    const other = createCredentialManager({ source });
    onTestFinished(() => other.close());
    const error = await failure(other.current());
    expect(error).toMatchObject({ code: 'ERR_OAUTH_GRANT', isFinal: true });
    expect(error.message).toContain('@keyturn/store');
    expect(await failure(other.refresh())).toMatchObject({ code: 'ERR_OAUTH_GRANT' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a source that asks through its own client', () => {
  it('is told so, instead of waiting for itself', async () => {
    const clock = manualClock();
    const source = oauthSource({
      ...byClient,
      fetch: async () => {
        await manager.current();
        return expect.fail();
      },
    });
    const manager = createCredentialManager({ source, clock });
    onTestFinished(() => manager.close());
    await expect(manager.current()).rejects.toMatchObject({ code: 'ERR_SOURCE_RECURSION' });
  });
});

describe('invalid_grant', () => {
  it.each(['invalid_grant', 'interaction_required'])(
    'is final until refresh() is called: %s',
    async (code) => {
      const { server, clock, manager, failure } = setUp(byRefreshToken, refused(code, 'Revoked.'));
      const error = await failure();
      expect(error).toMatchObject({ code: 'ERR_OAUTH_GRANT', isFinal: true });
      expect(error.message).toContain(
        `takes the refresh token no more, with "${code}": "Revoked."`,
      );
      await clock.advance(86_400_000);
      await failure();
      expect(server.requests).toHaveLength(1);
      server.answer = token('t2');
      expect((await manager.refresh()).token).toBe('t2');
    },
  );

  it('leaves what is held until it expires', async () => {
    const { server, clock, manager, failure } = setUp(byRefreshToken, token('t1'));
    await manager.current();
    server.answer = refused('invalid_grant');
    await failure(manager.refresh());
    expect((await manager.current()).token).toBe('t1');
    await clock.advance(3_600_000);
    await failure();
    expect(server.requests).toHaveLength(2);
  });

  it('of what is had anew each time ends by itself: with another login, and without a request before', async () => {
    let login = 'login-1';
    const { server, clock, manager, failure } = setUp(
      { ...byRefreshToken, refreshToken: () => login },
      refused('invalid_grant'),
    );
    expect((await failure()).isFinal).toBeUndefined();
    for (let minute = 0; minute < 60; minute += 1) {
      await clock.advance(60_000);
      await failure();
    }
    expect(server.requests).toHaveLength(1);
    login = 'login-2';
    server.answer = token('t2');
    await clock.advance(60_000);
    expect((await manager.current()).token).toBe('t2');
  });

  it('of assertions that are made anew is asked about less and less', async () => {
    let count = 0;
    const assertion = (): string => {
      count += 1;
      return `assertion-${count}`;
    };
    const { server, clock, failure } = setUp(
      { grant: 'jwt_bearer', tokenEndpoint, assertion },
      refused('invalid_grant'),
    );
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      await failure();
      await clock.advance(60_000);
    }
    expect(server.requests.length).toBeLessThan(32);
    expect(server.requests.length).toBeGreaterThan(20);
  });

  it('does not end another source of the same login that firstOf asks', async () => {
    const { server, clock, source } = setUp(byRefreshToken, refused('invalid_grant'));
    const never = { name: 'x', load: () => Promise.reject(new Error('down')) };
    const both = createCredentialManager({ source: firstOf(source, never), clock });
    onTestFinished(() => both.close());
    for (let minute = 0; minute < 10; minute += 1) {
      await both.current().catch(() => {});
      await clock.advance(60_000);
    }
    expect(server.requests).toHaveLength(1);
    const backed = createCredentialManager({
      source: firstOf(source, staticSource({ token: 'backup' })),
      clock,
    });
    onTestFinished(() => backed.close());
    expect((await backed.current()).token).toBe('backup');
  });
});

describe('a server that wants fewer requests', () => {
  it.each([
    ['429 with a time', { status: 429, headers: { 'retry-after': '600' } }, 600_000],
    [
      '429 in JSON',
      { ...refused('rate_limited', 'Slow.', 429), headers: { 'retry-after': '600' } },
      600_000,
    ],
    ['429 without a time', { status: 429 }, 5_000],
    ['slow_down', refused('slow_down'), 5_000],
  ])('is left alone: %s', async (_, answer, pauseMs) => {
    const { server, clock, manager, failure } = setUp(byClient, answer);
    const error = await failure();
    expect(error).toMatchObject({ code: 'ERR_OAUTH_THROTTLED', retryAfterMs: pauseMs });
    await clock.advance(pauseMs - 1_100);
    await failure();
    expect(server.requests).toHaveLength(1);
    server.answer = token('t2');
    await clock.advance(0.1 * pauseMs + 1_100);
    expect((await manager.current()).token).toBe('t2');
  });

  it('is left alone for five seconds more each time that it says slow_down', async () => {
    const { clock, failure } = setUp(byClient, refused('slow_down'));
    const pauses: unknown[] = [];
    for (const _ of [1, 2, 3]) {
      pauses.push((await failure()).retryAfterMs);
      await clock.advance(60_000);
    }
    expect(pauses).toEqual([5_000, 10_000, 15_000]);
  });

  it('is left alone after any answer that names a time', async () => {
    const { failure } = setUp(byClient, {
      status: 503,
      headers: { 'retry-after': '30' },
      body: '<html>busy</html>',
    });
    expect(await failure()).toMatchObject({ code: 'ERR_OAUTH_RESPONSE', retryAfterMs: 30_000 });
  });

  it('is left alone by every manager of the source, and by firstOf', async () => {
    const { server, clock, source, failure } = setUp(byClient, {
      status: 429,
      headers: { 'retry-after': '600' },
    });
    await failure();
    const never = { name: 'x', load: () => Promise.reject(new Error('down')) };
    const other = createCredentialManager({ source: firstOf(source, never), clock });
    onTestFinished(() => other.close());
    for (let second = 0; second < 590; second += 60) {
      await other.current().catch(() => {});
      await clock.advance(60_000);
    }
    expect(server.requests).toHaveLength(1);
  });

  it('is asked all the same when a person asks, by refresh()', async () => {
    const { server, manager, failure } = setUp(byClient, {
      status: 429,
      headers: { 'retry-after': '600' },
    });
    await failure();
    server.answer = token('t2');
    expect((await manager.refresh()).token).toBe('t2');
  });
});

describe('a failure', () => {
  const page = '<!DOCTYPE html><html><body>Sign in</body></html>';
  it.each([
    [
      'invalid_client',
      refused('invalid_client', 'No.', 401),
      'ERR_OAUTH_REFUSED',
      'Check "clientId"',
    ],
    ['invalid_scope', refused('invalid_scope'), 'ERR_OAUTH_REFUSED', 'Check "scope"'],
    ['of any other name', refused('server_error', 'x', 500), 'ERR_OAUTH_REFUSED', '"server_error"'],
    ['200 that is none', refused('bad_verification_code', 'x', 200), 'ERR_OAUTH_REFUSED', '"bad_'],
    ['a page', { status: 200, body: page }, 'ERR_OAUTH_RESPONSE', 'answered 200 and an HTML page'],
    [
      'a page of a proxy',
      { status: 502, body: page },
      'ERR_OAUTH_RESPONSE',
      '502 and an HTML page',
    ],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://evil.example/' }, body: '' },
      'ERR_OAUTH_RESPONSE',
      'a redirect (302), which is not followed',
    ],
    ['a wrong address', { status: 404, body: '' }, 'ERR_OAUTH_RESPONSE', 'Check the address.'],
    ['a list', { body: [] }, 'ERR_OAUTH_RESPONSE', 'answered 200 and JSON that is no token'],
    [
      'JSON that breaks off',
      { body: '{"access_tok' },
      'ERR_OAUTH_RESPONSE',
      'something that is no',
    ],
    ['too much', { body: 'x'.repeat(262_145) }, 'ERR_OAUTH_RESPONSE', 'longer than 262144 bytes'],
  ])('says what it is: %s', async (_, answer, code, words) => {
    const { failure } = setUp(byClient, answer);
    const error = await failure();
    expect(error.code).toBe(code);
    expect(error.message).toContain(`"${tokenEndpoint}"`);
    expect(error.message).toContain(words);
    expect(error.original()).toBeUndefined();
    expect(error.isFinal).toBeUndefined();
  });

  it('has none of our secrets, whatever the server repeats', async () => {
    const basic = Buffer.from(`robot:${secret.replaceAll('-', '%2D')}`).toString('base64');
    const said = `no ${secret}, no ${basic}, no login-1 and no ${encodeURIComponent(secret)}`;
    const { failure } = setUp(byRefreshToken, refused(`x ${secret}`, said));
    const error = await failure();
    const shown = inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error);
    for (const word of [secret, basic, 'login-1', 'kX9vB4nR1wZ6'])
      expect(shown).not.toContain(word);
    expect(error.message).toContain(
      'no [redacted], no [redacted], no [redacted] and no [redacted]',
    );
  });

  it('of a login holds no token that came with it', async () => {
    const body = { access_token: 'leaked-token', refresh_token: 'leaked-login', token_type: 'mac' };
    const { failure } = setUp(byClient, { body });
    const error = await failure();
    expect(error.message).toContain('a token of type "mac", where a bearer token is wanted');
    const shown = inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error);
    expect(shown).not.toContain('leaked');
  });

  it('ends a request that nobody answers', async () => {
    const { clock, failure } = setUp({ ...byClient, timeoutMs: 5_000 }, 'never');
    const asked = failure();
    await clock.advance(5_000);
    const error = await asked;
    expect(error.code).toBe('ERR_OAUTH_REQUEST');
    expect(error.message).toBe(`"${tokenEndpoint}" did not answer within 5 s.`);
    expect(clock.scheduled).toBe(0);
  });

  it('of a certificate’s manager keeps its code, and is not final here', async () => {
    const { CredentialError } = await import('@keyturn/core');
    const { server, clock, manager, failure } = setUp(byClient, () => {
      throw new CredentialError('ERR_EXEC_EXIT', 'No certificate.', { isFinal: true });
    });
    expect(await failure()).toMatchObject({ code: 'ERR_EXEC_EXIT', message: 'No certificate.' });
    server.answer = token('t2');
    await clock.advance(1_000);
    expect((await manager.current()).token).toBe('t2');
  });
});
