import { bindAxios } from '@keyturn/axios';
import { type CredentialManager, createCredentialManager, staticSource } from '@keyturn/core';
import { bindGot } from '@keyturn/got';
import { bindGrpc } from '@keyturn/grpc';
import { bindHttp2, bindHttps, CredentialAgent, connectWebSocket } from '@keyturn/https';
import { manualClock } from '@keyturn/testkit';
import { bindFetch, CredentialDispatcher } from '@keyturn/undici';
import axios from 'axios';
import got from 'got';
import { describe, expect, it } from 'vitest';

const origins = ['https://api.example'];
const source = staticSource({ token: 's3cret' });

/** Everything that takes a manager, by the name that it has in a message. */
const takers: Readonly<Record<string, (manager: CredentialManager) => unknown>> = {
  bindAxios: (manager) => bindAxios(axios.create(), manager, { origins }),
  bindGot: (manager) => bindGot(got, manager, { origins }),
  bindHttps: (manager) => bindHttps(manager, { origins }),
  bindHttp2: (manager) => bindHttp2(manager, { origins }),
  bindFetch: (manager) => bindFetch(fetch, manager, { origins }),
  bindGrpc: (manager) => bindGrpc(manager, { target: 'api.example:443' }),
  CredentialAgent: (manager) => new CredentialAgent(manager, { origins }),
  CredentialDispatcher: (manager) => new CredentialDispatcher(manager, { origins }),
  connectWebSocket: (manager) =>
    connectWebSocket(() => expect.unreachable(), manager, { url: 'wss://api.example' }),
};

describe.each(Object.entries(takers))('%s', (name, take) => {
  it.each([
    ['a source', source],
    ['a function', async () => ({ token: 's3cret' })],
    ['a promise of a manager', Promise.resolve(createCredentialManager({ source }))],
    ['nothing', undefined],
  ])('says what it takes where it is given %s', async (_, given) => {
    const attempt = async (): Promise<unknown> => take(given as never);
    await expect(attempt()).rejects.toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message: expect.stringMatching(new RegExp(`^${name} takes a credential manager, not `)),
      }),
    );
  });
});

describe('a source', () => {
  const codeOf = async (material: object): Promise<{ code: string; message: string }> => {
    const manager = createCredentialManager({
      source: async () => material,
      clock: manualClock(),
    });
    return manager.current().then(
      () => ({ code: 'accepted', message: '' }),
      ({ code, message }) => ({ code, message }),
    );
  };

  it.each(['Bearer s3cret', 'bearer s3cret', 'BEARER\ts3cret'])(
    'hears that the word Bearer is not part of a token: %s',
    async (token) => {
      expect(await codeOf({ token })).toEqual({
        code: 'ERR_CREDENTIAL_TOKEN',
        message: expect.stringMatching(/the word "Bearer"(?!.*s3cret)/),
      });
    },
  );

  it.each(['bearer', 'Bearers3cret', 'bearer-s3cret'])('may have the token %s', async (token) => {
    expect((await codeOf({ token })).code).toBe('accepted');
  });

  it.each(['access_token', 'accessToken', 'Token', 'id_token', 'jwt'])(
    'hears that what it calls %s belongs in "token"',
    async (name) => {
      expect(await codeOf({ [name]: 's3cret' })).toEqual({
        code: 'ERR_CREDENTIAL_EMPTY',
        message: expect.stringMatching(new RegExp(`It has "${name}"; (?!.*s3cret)`)),
      });
    },
  );

  const inSeconds = Date.UTC(2026, 0, 15, 13) / 1_000;
  it.each([inSeconds, 1_000_000_000, 9_999_999_999])(
    'hears that an expiry of %d is one in seconds',
    async (expiresAt) => {
      expect(await codeOf({ token: 't', expiresAt })).toEqual({
        code: 'ERR_CREDENTIAL_EXPIRY',
        message: expect.stringContaining('it looks like seconds'),
      });
    },
  );

  it.each([0, 999_999_999, 10_000_000_000, inSeconds * 1_000, -1])(
    'may expire at %d',
    async (expiresAt) => {
      expect((await codeOf({ token: 't', expiresAt })).code).toBe('accepted');
    },
  );

  it.each([
    [new Date(), 'is a Date, not a time in Unix milliseconds. Give its "getTime()".'],
    ['2026-01-15T13:00:00Z', '"Date.parse()" makes one of a timestamp.'],
  ])('hears what to do with an expiry of %o', async (expiresAt, words) => {
    expect((await codeOf({ token: 't', expiresAt })).message).toContain(words);
  });
});
