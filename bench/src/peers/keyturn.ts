/** Keyturn in the shape of a peer. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { bindAxios } from '@keyturn/axios';
import { type CredentialManager, createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { bindGot } from '@keyturn/got';
import { bindHttps } from '@keyturn/https';
import axios, { isAxiosError } from 'axios';
import { got, HTTPError } from 'got';
import type { Abilities, Peer, Setting } from './peer.js';

const path = '/api/v1/namespaces';

const manifest = new URL('../../../packages/core/package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string };

// Due in the last fifth of the lifetime less a random quarter of it, expired in the last tenth.
const does: Abilities = {
  format: 'exec',
  window: { lifetimeMs: 3_000, opensMs: 450, closesMs: 300 },
};

function managerOf({ command }: Setting): CredentialManager {
  const apiVersion = 'client.authentication.k8s.io/v1';
  return createCredentialManager({
    source: execSource({ command, apiVersion, interactiveMode: 'Never' }),
  });
}

const whereOf = ({ url, ca }: Setting) => ({ origins: [url], tls: { ca } });

export const lookup: Peer = {
  name: 'Keyturn current()',
  version,
  does,
  lookup(setting) {
    const manager = managerOf(setting);
    return () => manager.current();
  },
};

export const peek: Peer = {
  name: 'Keyturn peek()',
  version,
  does,
  async peek(setting) {
    const manager = managerOf(setting);
    await manager.current();
    return () => manager.peek();
  },
};

export const https: Peer = {
  name: 'Keyturn https',
  version,
  does,
  request(setting) {
    const { client } = bindHttps(managerOf(setting), whereOf(setting));
    return async () => {
      const response = await client.get(setting.url + path);
      await text(response);
      return response.statusCode as number;
    };
  },
};

const axiosPeer: Peer = {
  name: 'Keyturn axios',
  version,
  does,
  request(setting) {
    const instance = axios.create({ baseURL: setting.url, proxy: false });
    const { client } = bindAxios(instance, managerOf(setting), whereOf(setting));
    return async () => {
      try {
        return (await client.get(path)).status;
      } catch (error) {
        if (!isAxiosError(error) || error.response === undefined) throw error;
        return error.response.status;
      }
    };
  },
};

const gotPeer: Peer = {
  name: 'Keyturn got',
  version,
  does,
  request(setting) {
    const instance = got.extend({ prefixUrl: setting.url, retry: { limit: 0 } });
    const { client } = bindGot(instance, managerOf(setting), whereOf(setting));
    return async () => {
      try {
        return (await client(path.slice(1))).statusCode;
      } catch (error) {
        if (!(error instanceof HTTPError)) throw error;
        return error.response.statusCode;
      }
    };
  },
};

export { axiosPeer as axios, gotPeer as got };
