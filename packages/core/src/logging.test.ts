import { CredentialError, createCredentialManager, staticSource } from '@keyturn/core';
import { redactPaths, serializeError } from '@keyturn/core/logging';
import pino from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';

const planted = 'planted-7f3a9c';

/** What pino writes of `value`, with what a program takes from us. */
function written(value: object, message = 'it failed'): Readonly<Record<string, unknown>> {
  let line = '';
  const options = { base: null, serializers: { err: serializeError }, redact: [...redactPaths] };
  const write = (text: string): void => {
    line += text;
  };
  pino(options, { write }).error(value, message);
  return JSON.parse(line);
}

const err = (error: unknown): Readonly<Record<string, unknown>> =>
  written({ err: error })['err'] as Readonly<Record<string, unknown>>;

afterEach(() => vi.unstubAllEnvs());

describe('an error in a log', () => {
  it('has its code, what a plugin said, and when the next load is', () => {
    const details = {
      exitCode: 3,
      signal: 'SIGTERM',
      stderr: 'Please log in.',
      isFinal: true,
      retryAfterMs: 5_000,
    };
    const error = new CredentialError('ERR_EXEC_EXIT', 'It failed.', details);
    expect(err(error)).toEqual({
      type: 'CredentialError',
      message: 'It failed.',
      code: 'ERR_EXEC_EXIT',
      stack: error.stack,
      ...details,
    });
  });

  it('has nothing of what a source threw, even for somebody who debugs', () => {
    vi.stubEnv('NODE_DEBUG', 'keyturn');
    const original = Object.assign(new Error(planted), { token: planted });
    const error = new CredentialError('ERR_SOURCE_FAILED', 'It failed.', { original });
    expect(error.cause).toBe(original);
    expect(JSON.stringify(err(error))).not.toContain(planted);
  });

  it('of a client has nothing of what hangs on it', () => {
    const headers = { Authorization: `Bearer ${planted}` };
    const error = Object.assign(new Error('Request failed with status code 500'), {
      code: 'ERR_BAD_RESPONSE',
      cause: { headers },
      config: { headers },
      request: { headers },
      response: { data: planted },
    });
    expect(err(error)).toEqual({
      type: 'Error',
      message: 'Request failed with status code 500',
      code: 'ERR_BAD_RESPONSE',
      stack: error.stack,
    });
  });

  it('has no code that is more than a word or a number', () => {
    const error = Object.assign(new Error('no'), { code: { token: planted } });
    expect(JSON.stringify(err(error))).not.toContain(planted);
  });

  it('has its causes, and those of a client have nothing more either', () => {
    const cause = Object.assign(new TypeError('inner'), { secret: planted, code: 'ECONNRESET' });
    const shown = err(new Error('outer', { cause }));
    expect(shown['cause']).toMatchObject({
      type: 'TypeError',
      message: 'inner',
      code: 'ECONNRESET',
    });
    expect(JSON.stringify(shown)).not.toContain(planted);
  });

  it('has the errors that it is made of', () => {
    const error = new AggregateError([new Error('one'), planted, new Error('two')], 'both');
    expect(err(error)['aggregateErrors']).toMatchObject([{ message: 'one' }, { message: 'two' }]);
  });

  it('ends where it is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(err(error)).match(/"round"/g)?.length).toBeLessThan(10);
    const several = Object.assign(new AggregateError([], 'several'), { secret: planted });
    several.errors.push(several);
    expect(JSON.stringify(err(several)).match(/"several"/g)?.length).toBeLessThan(10);
    expect(JSON.stringify(err(several))).not.toContain(planted);
  });

  it('is written whatever it is', () => {
    const thrower = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    expect(err(thrower)).toEqual({ type: 'Error', message: 'An error that cannot be read.' });
    const { proxy, revoke } = Proxy.revocable(new Error('x'), {});
    revoke();
    expect(() => serializeError(proxy)).not.toThrow();
  });

  it.each([['a text'], [5], [null], [{ a: 1 }]])('may be none: %j stays what it is', (value) => {
    expect(serializeError(value)).toBe(value);
  });
});

describe('the paths to redact', () => {
  const headers = {
    Authorization: planted,
    Cookie: planted,
    cookie: planted,
    'Proxy-Authorization': planted,
    'X-API-Key': planted,
    'x-api-key': planted,
    'x-vault-token': planted,
    accept: 'a',
  };

  it.each<[string, object]>([
    ['material', { token: planted, clientCertificate: { certificate: 'c', privateKey: planted } }],
    [
      'material by a name',
      { material: { token: planted, clientCertificate: { privateKey: planted } } },
    ],
    ['headers', { headers }],
    ['a request', { req: { headers: { authorization: planted, 'proxy-authorization': planted } } }],
    ['an answer', { res: { headers: { 'set-cookie': [planted] } } }],
    ['an answer of axios', { response: { config: { headers } } }],
    ['an error of got', { error: { options: { headers } } }],
    [
      'an answer of a token endpoint',
      { tokens: { access_token: planted, refresh_token: planted } },
    ],
    ['what az prints', { answer: { accessToken: planted } }],
  ])('hide %s', (_, value) => {
    const line = JSON.stringify(written(value));
    expect(line).not.toContain(planted);
    expect(line).toContain('[Redacted]');
  });

  it('leave everything else', () => {
    const value = {
      req: { headers: { accept: 'a', host: 'h' }, url: '/' },
      tokens: 5,
      keys: ['k'],
    };
    expect(written(value)).toMatchObject(value);
  });
});

it('a credential redacts itself, and its manager shows nothing', async () => {
  await using manager = createCredentialManager({ source: staticSource({ token: planted }) });
  const credential = await manager.current();
  const line = JSON.stringify(written({ credential, manager, health: manager.health() }));
  expect(line).not.toContain(planted);
  expect(line).toContain('"credential":{"generation":1}');
});

it('the headers of a credential redact themselves, in a copy as well', async () => {
  const headers = { 'x-mine': planted, authorization: planted };
  await using manager = createCredentialManager({ source: staticSource({ headers }) });
  const credential = await manager.current();
  const line = JSON.stringify(written({ headers: credential.headers, of: credential }));
  expect(line).not.toContain(planted);
  expect(line).toContain('x-mine');
});
