// How a program may keep a login that it shares with others: each way gives a `fetch` that adds the token.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createCredentialManager } from '@keyturn/core';
import { fileStore, redisStore, sharedSource } from '@keyturn/store';
import { bindFetch } from '@keyturn/undici';

const readTokens = (folder) => JSON.parse(readFileSync(join(folder, 'tokens.json'), 'utf8'));

function writeTokens(folder, tokens) {
  const path = join(folder, 'tokens.json');
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(tokens), { mode: 0o600 });
  renameSync(`${path}.${process.pid}`, path);
}

async function refresh(url, refresh_token) {
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token });
  const answer = await fetch(`${url}/token`, { method: 'POST', body });
  const given = await answer.json();
  if (!answer.ok) throw new Error(given.error);
  return given;
}

const materialOf = ({ access_token, refresh_token, expires_in }) => ({
  token: access_token,
  expiresAt: Date.now() + expires_in * 1_000,
  state: refresh_token,
});

function bound(source, { url }) {
  const manager = createCredentialManager({ source });
  const { client } = bindFetch(fetch, manager, { origins: [url] });
  return { fetch: client, close: () => manager.close() };
}

function shared(store, orders, notify) {
  const login = {
    name: 'login',
    load: async ({ state = 'refresh-1' }) => {
      notify();
      return materialOf(await refresh(orders.url, state));
    },
  };
  const options = { store, key: orders.url, leaseMs: orders.leaseMs, onStoreFailure: 'fail' };
  const source = sharedSource(login, options);
  return { ...bound(source, orders), takeovers: () => source.stats().takeovers };
}

export const ways = {
  'keyturn-file': async (orders, notify) =>
    shared(fileStore({ directory: join(orders.folder, 'store') }), orders, notify),

  'keyturn-redis': async (orders, notify) => {
    const { Redis } = await import('ioredis');
    const redis = new Redis(orders.redis);
    const command = (...parts) => redis.call(...parts);
    const way = shared(redisStore({ command, encryptionKeys: [orders.key] }), orders, notify);
    return { ...way, close: () => way.close().then(() => redis.disconnect()) };
  },

  // A plain source: the refresh token is read from a file, and the next one written there.
  naive: async (orders) =>
    bound(
      {
        name: 'naive',
        load: async () => {
          const given = await refresh(orders.url, readTokens(orders.folder).refresh_token);
          writeTokens(orders.folder, given);
          return materialOf(given);
        },
      },
      orders,
    ),

  // As token caches with plug-ins for a file do: it is read before each use, and written after each change, and nothing is locked.
  'msal-style': async (orders) => {
    const { url, folder } = orders;
    const tokenOf = async (isRefused) => {
      const cache = readTokens(folder);
      if (!isRefused && cache.access_token && Date.now() < cache.expires_at)
        return cache.access_token;
      const given = await refresh(url, cache.refresh_token);
      writeTokens(folder, { ...given, expires_at: Date.now() + given.expires_in * 1_000 });
      return given.access_token;
    };
    const ask = async (address, isRefused) =>
      fetch(address, { headers: { authorization: `Bearer ${await tokenOf(isRefused)}` } });
    return {
      fetch: async (address) => {
        const answer = await ask(address, false);
        return answer.status === 401 ? ask(address, true) : answer;
      },
    };
  },

  'mcp-sdk': async ({ url, folder }) => {
    const wrappers = createRequire(new URL('../wrappers/package.json', import.meta.url));
    const load = (name) =>
      import(pathToFileURL(wrappers.resolve(`@modelcontextprotocol/sdk/${name}`)).href);
    // Of tokens without an issuer, which is right here.
    console.warn = () => {};
    const { withOAuth } = await load('client/middleware.js');
    const provider = {
      redirectUrl: `${url}/callback`,
      clientMetadata: { redirect_uris: [`${url}/callback`] },
      clientInformation: () => ({ client_id: 'tool' }),
      tokens: () => ({ token_type: 'bearer', access_token: 'none', ...readTokens(folder) }),
      saveTokens: (tokens) => writeTokens(folder, tokens),
      redirectToAuthorization: () => {
        throw new Error('a person is asked to log in');
      },
      saveCodeVerifier: () => {},
      codeVerifier: () => '',
    };
    return { fetch: withOAuth(provider, url)(fetch) };
  },
};
