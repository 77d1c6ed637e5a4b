import type { Binding, CredentialManager } from '@keyturn/core';
import { bindGot } from '@keyturn/got';
import got, { type Got, type OptionsOfTextResponseBody } from 'got';
import {
  type Change,
  changeable,
  changeableBytes,
  evilBody,
  type HostileClient,
  judged,
  judgedForm,
  type Places,
} from './hostile-client.js';

function bind(manager: CredentialManager, { good, ca }: Places): Binding<Got> {
  const client = got.extend({ retry: { limit: 0 } });
  return bindGot(client, manager, { origins: [good], tls: { ca } });
}

const { method, path, body } = judged;

function optionsChange(
  what: string,
  make: (places: Places) => {
    readonly url?: URL;
    readonly options?: OptionsOfTextResponseBody;
    readonly change: () => void;
  },
): Change {
  return {
    what,
    call: (manager, places) =>
      changeable(bind(manager, places), (client) => {
        const { url = new URL(path, places.good), options = {}, change } = make(places);
        const given = { ...request(), ...(options.json || options.form ? {} : { body }) };
        return { answer: client(url, Object.assign(given, options)), change };
      }),
  };
}

export const gotClient: HostileClient = {
  name: 'got',
  replays: true,
  bind: (manager, places) => {
    const { client, unbind } = bind(manager, places);
    return { send: () => send(client, places), close: unbind };
  },
  bare: (token, { good, ca }) => {
    const headers = { authorization: `Bearer ${token}` };
    const https = { certificateAuthority: ca };
    const client = got.extend({ retry: { limit: 0 }, headers, https });
    return { send: () => send(client, { good }), close: () => {} };
  },
  changes: [
    {
      what: 'options object',
      call: (manager, places) =>
        changeable(bind(manager, places), (client) => {
          const options = { ...request(), url: new URL(path, places.good), body: String(body) };
          const answer = client(options);
          const change = (): void => {
            Object.assign(options, { url: new URL(places.evil), body: evilBody, method: 'PUT' });
            Object.assign(options.headers, { 'x-judged': 'evil', authorization: 'evil' });
          };
          return { answer, change };
        }),
    },
    optionsChange('URL object', ({ good, evil }) => {
      const url = new URL(path, good);
      const change = (): void => {
        url.host = new URL(evil).host;
      };
      return { url, change };
    }),
    optionsChange('URLSearchParams', () => {
      const searchParams = new URLSearchParams({ q: 'good' });
      return { options: { searchParams }, change: () => searchParams.set('q', 'evil') };
    }),
    optionsChange('Buffer', () => {
      const { bytes, change } = changeableBytes();
      return { options: { body: bytes }, change };
    }),
    optionsChange('Uint8Array', () => {
      const { bytes, change } = changeableBytes();
      return { options: { body: new Uint8Array(bytes.buffer) }, change };
    }),
    optionsChange('plain object as json', () => {
      const json = { nested: { body: String(body) } };
      const change = (): void => {
        json.nested.body = evilBody;
      };
      return { options: { json }, change };
    }),
    optionsChange('plain object as form', () => {
      const form = { body: String(body) };
      const change = (): void => {
        form.body = evilBody;
      };
      return { options: { form }, change };
    }),
    optionsChange('FormData', () => {
      const { form, change } = judgedForm();
      return { options: { body: form }, change };
    }),
    {
      what: 'options seen by a hook',
      outcome: 'anonymous',
      call: (manager, places) =>
        changeable(bind(manager, places), (client) => {
          let change = (): void => {};
          const beforeRequest = [
            (options: object) => {
              change = () => {
                Object.assign(options, { url: new URL('/evil', places.evil), body: evilBody });
              };
            },
          ];
          const answer = client(new URL(path, places.good), {
            ...request(),
            body,
            hooks: { beforeRequest },
          });
          return { answer, change: () => change() };
        }),
    },
  ],
};

function request(): OptionsOfTextResponseBody & { readonly headers: Record<string, string> } {
  return { method, headers: { ...judged.headers } };
}

function send(client: Got, { good }: Pick<Places, 'good'>): Promise<unknown> {
  return client(new URL(path, good), { ...request(), body });
}
