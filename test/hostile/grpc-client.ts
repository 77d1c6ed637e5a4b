import * as grpc from '@grpc/grpc-js';
import type { CredentialManager } from '@keyturn/core';
import { bindGrpc } from '@keyturn/grpc';
import {
  type Change,
  changeable,
  changeableBytes,
  type HostileClient,
  judged,
  type Places,
} from './hostile-client.js';

interface Call {
  readonly message: Buffer;
  readonly metadata: grpc.Metadata;
  readonly options: grpc.CallOptions;
}

function bind(manager: CredentialManager, { good, ca }: Places) {
  const target = new URL(good).host;
  const { client: api, unbind } = bindGrpc(manager, { target, tls: { ca } });
  return { client: new grpc.Client(api.target, api.credentials, api.options), unbind };
}

export const grpcClient: HostileClient = {
  name: 'grpc',
  replays: true,
  bind: (manager, places) => {
    const { client, unbind } = bind(manager, places);
    return { send: () => send(client, call(false)), close: () => closeAll(client, unbind) };
  },
  bare: (token, { good, ca }) => {
    const credentials = grpc.credentials.createSsl(Buffer.from(ca));
    const client = new grpc.Client(new URL(good).host, credentials);
    const { metadata, ...rest } = call(false);
    metadata.set('authorization', `Bearer ${token}`);
    return { send: () => send(client, { metadata, ...rest }), close: () => client.close() };
  },
  changes: [
    change('Metadata object', ({ metadata }) => {
      metadata.set('authorization', 'evil');
      metadata.set('x-judged', 'evil');
    }),
    change('options of Metadata', ({ metadata }) =>
      Object.assign(metadata.getOptions(), { waitForReady: false }),
    ),
    change('call options', ({ options }) =>
      Object.assign(options, { deadline: 1, host: 'evil', credentials: undefined }),
    ),
    change('Date as deadline', ({ options }) => (options.deadline as Date).setTime(1)),
    {
      what: 'message buffer',
      call: (manager, places) =>
        changeableCall(manager, places, () => {
          const { bytes, change: overwrite } = changeableBytes();
          return { made: { ...call(), message: bytes }, alter: overwrite };
        }),
    },
  ],
};

/** @param waitForReady false: a server that cannot be trusted fails the call at once */
function call(waitForReady = true): Call {
  const metadata = new grpc.Metadata({ waitForReady });
  metadata.set('x-judged', 'yes');
  const deadline = new Date(Date.now() + 60_000);
  return { message: Buffer.from(judged.body), metadata, options: { deadline } };
}

function change(what: string, alter: (call: Call) => unknown): Change {
  return {
    what,
    call: (manager, places) =>
      changeableCall(manager, places, () => {
        const made = call();
        return { made, alter: () => alter(made) };
      }),
  };
}

function changeableCall(
  manager: CredentialManager,
  places: Places,
  make: () => { readonly made: Call; readonly alter: () => unknown },
) {
  const { client, unbind } = bind(manager, places);
  return changeable({ client, unbind: () => closeAll(client, unbind) }, () => {
    const { made, alter } = make();
    return { answer: send(client, made), change: () => void alter() };
  });
}

function closeAll(client: grpc.Client, unbind: () => void): void {
  unbind();
  client.close();
}

/** With a serializer that hands on the caller's own buffer. */
function send(client: grpc.Client, { message, metadata, options }: Call): Promise<unknown> {
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `/hostile.Service${judged.path}`,
      same,
      same,
      message,
      metadata,
      options,
      (error, answer) => (error ? reject(error) : resolve(answer)),
    );
  });
}
