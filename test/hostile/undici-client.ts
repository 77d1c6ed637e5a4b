import type { Binding, CredentialManager } from '@keyturn/core';
import { CredentialDispatcher } from '@keyturn/undici';
import { Agent, type Dispatcher, FormData } from 'undici';
import {
  type Change,
  type ChangeableCall,
  changeable,
  changeableBytes,
  evilBody,
  type HostileClient,
  judged,
  type Places,
} from './hostile-client.js';

type Options = Record<string, unknown> & { origin: unknown; headers: unknown };

function bind(manager: CredentialManager, { good, ca }: Places): Binding<Dispatcher> {
  const dispatcher = new CredentialDispatcher(manager, { origins: [good], tls: { ca } });
  return {
    client: dispatcher,
    supports: { token: true, clientCertificate: true, replay: true },
    unbind: () => void dispatcher.destroy(),
  };
}

const { method, path, body } = judged;

export const undiciClient: HostileClient = {
  name: 'undici',
  replays: true,
  bind: (manager, places) => {
    const { client, unbind } = bind(manager, places);
    return { send: () => send(client, request(places)), close: unbind };
  },
  bare: (token, places) => {
    const agent = new Agent({ connect: { ca: places.ca } });
    const headers = { ...judged.headers, authorization: `Bearer ${token}` };
    return {
      send: () => send(agent, { ...request(places), headers }),
      close: () => void agent.destroy(),
    };
  },
  changes: [
    change('options object', request, (options, { evil }) => {
      Object.assign(options, { origin: evil, path: '/evil', method: 'PUT', body: evilBody });
      Object.assign(options, { query: { evil: 'yes' }, headers: { authorization: 'evil' } });
    }),
    change(
      'URL object as origin',
      (places) => ({ ...request(places), origin: new URL(places.good) }),
      ({ origin }, { evil }) => Object.assign(origin as URL, { host: new URL(evil).host }),
    ),
    change('record of headers', request, ({ headers }) =>
      Object.assign(headers as object, { 'x-judged': 'evil', authorization: 'evil' }),
    ),
    change(
      'flat list of headers',
      (places) => ({ ...request(places), headers: ['x-judged', 'yes'] }),
      ({ headers }) => (headers as string[]).splice(0, 2, 'authorization', 'evil'),
    ),
    change(
      'Map of headers',
      (places) => ({ ...request(places), headers: new Map([['x-judged', 'yes']]) }),
      ({ headers }) => (headers as Map<string, string>).set('authorization', 'evil'),
    ),
    change(
      'query',
      (places) => ({ ...request(places), query: { of: ['judged'] } }),
      ({ query }) => (query as { of: string[] }).of.push('evil'),
    ),
    change(
      'options that answer otherwise each time',
      (places) => {
        let asked = 0;
        const { origin: _, ...options } = request(places);
        return Object.defineProperty(options, 'origin', {
          get: () => (asked++ === 0 ? places.good : places.evil),
          enumerable: true,
        }) as Options;
      },
      () => {},
    ),
    bytesChange('Buffer', (bytes) => bytes),
    bytesChange('Uint8Array', ({ buffer }) => new Uint8Array(buffer)),
    bytesChange('ArrayBuffer', ({ buffer }) => buffer),
    change(
      'FormData',
      (places) => {
        const form = new FormData();
        form.set('field', judged.body);
        return { ...request(places), body: form };
      },
      (options) => (options['body'] as FormData).set('field', evilBody),
    ),
  ],
};

function request({ good }: Places): Options {
  return { origin: good, path, method, headers: { ...judged.headers }, body };
}

function change(
  what: string,
  make: (places: Places) => Options,
  alter: (options: Options, places: Places) => unknown,
): Change {
  return {
    what,
    call: (manager, places): ChangeableCall =>
      changeable(bind(manager, places), (client) => {
        const options = make(places);
        return { answer: send(client, options), change: () => void alter(options, places) };
      }),
  };
}

function bytesChange(what: string, bodyOf: (bytes: Buffer) => unknown): Change {
  return {
    what,
    call: (manager, places) =>
      changeable(bind(manager, places), (client) => {
        const { bytes, change } = changeableBytes();
        return { answer: send(client, { ...request(places), body: bodyOf(bytes) }), change };
      }),
  };
}

async function send(dispatcher: Dispatcher, options: Options): Promise<unknown> {
  const { statusCode, body: answer } = await dispatcher.request(options as never);
  await answer.text();
  if (statusCode !== 200) throw new Error(`The answer has status ${statusCode}.`);
  return statusCode;
}
