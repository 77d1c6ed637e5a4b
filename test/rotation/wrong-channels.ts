/** Ways to rotate the certificate of a gRPC client that lose calls, or do not rotate it. */

import {
  Channel,
  type ChannelCredentials,
  type ChannelInterface,
  credentials,
  experimental,
} from '@grpc/grpc-js';
import type { Credential, CredentialManager } from '@keyturn/core';
import { answered } from './grpc-client.js';
import { startGrpcServer } from './grpc-server.js';
import { askGrpc, LoadServiceClient } from './grpc-service.js';
import type { Complaint } from './verdict.js';
import { followNothing, type WrongClient } from './wrong-client.js';

interface ChannelParts {
  readonly manager: CredentialManager;
  readonly target: string;
  readonly ca: Buffer;
  /** Made once the first credential is there. */
  readonly first: Credential;
}

/** Returns the client for the next call. */
type ClientMaker = (parts: ChannelParts) => (credential: Credential) => LoadServiceClient;

/** Channels of other generations must not be found in the pool that gRPC shares between them. */
const alone = { 'grpc.use_local_subchannel_pool': 1 };

const pairOf = ({ clientCertificate }: Credential) => ({
  certificate: Buffer.from(clientCertificate?.certificate ?? ''),
  privateKey: Buffer.from(clientCertificate?.privateKey ?? ''),
});

function sslFor(ca: Buffer, credential: Credential): ChannelCredentials {
  const { certificate, privateKey } = pairOf(credential);
  return credentials.createSsl(ca, privateKey, certificate);
}

/** A channel for each generation behind the interface of one; the old one is closed at once. */
const closedAtOnce: ClientMaker = ({ manager, target, ca, first }) => {
  const open = (credential: Credential) => new Channel(target, sslFor(ca, credential), alone);
  let channel = open(first);
  manager.on('rotated', ({ credential }) => {
    const old = channel;
    channel = open(credential);
    old.close();
  });
  const channelOverride: ChannelInterface = {
    close: () => channel.close(),
    createCall: (...args) => channel.createCall(...args),
    getTarget: () => channel.getTarget(),
    getConnectivityState: (tryToConnect) => channel.getConnectivityState(tryToConnect),
    watchConnectivityState: (...args) => channel.watchConnectivityState(...args),
    getChannelzRef: () => channel.getChannelzRef(),
  };
  const client = new LoadServiceClient(target, credentials.createInsecure(), { channelOverride });
  return () => client;
};

/** A new client for each generation; the old one is closed at once. */
const newClient: ClientMaker = ({ manager, target, ca, first }) => {
  let client = new LoadServiceClient(target, sslFor(ca, first), alone);
  manager.on('rotated', ({ credential }) => {
    const old = client;
    client = new LoadServiceClient(target, sslFor(ca, credential), alone);
    old.close();
  });
  return () => client;
};

/** gRPC's own way: it hands the current certificate to each new connection, and has no reason to make one. */
const providerCredentials = ({ manager, ca, first }: ChannelParts): ChannelCredentials => {
  const identity = pairOf(first);
  const nothing = (): void => {};
  const provider = {
    addCaCertificateListener: (listener: (update: { caCertificate: Buffer }) => void) =>
      queueMicrotask(() => listener({ caCertificate: ca })),
    removeCaCertificateListener: nothing,
    addIdentityCertificateListener: (listener: (update: typeof identity) => void) => {
      queueMicrotask(() => listener(identity));
      manager.on('rotated', ({ credential }) => listener(pairOf(credential)));
    },
    removeIdentityCertificateListener: nothing,
  };
  return experimental.createCertificateProviderChannelCredentials(provider, provider);
};

const certificateProvider: ClientMaker = (parts) => {
  const client = new LoadServiceClient(parts.target, providerCredentials(parts), alone);
  return () => client;
};

/** A new client with the same provider finds the connection of the old one in the shared pool. */
const sharedPool: ClientMaker = (parts) => {
  const shared = providerCredentials(parts);
  let client = new LoadServiceClient(parts.target, shared, {});
  parts.manager.on('rotated', () => {
    client = new LoadServiceClient(parts.target, shared, {});
  });
  return () => client;
};

/** The certificate of the start, for ever. */
const fixedCertificate: ClientMaker = ({ target, ca, first }) => {
  const client = new LoadServiceClient(target, sslFor(ca, first), alone);
  return () => client;
};

const wrong = (name: string, finds: Complaint, make: ClientMaker): WrongClient => ({
  name,
  finds,
  startServer: startGrpcServer,
  bind: async ({ manager, server }) => {
    const first = await manager.current();
    const target = new URL(server.url).host;
    const clientFor = make({ manager, target, ca: Buffer.from(server.ca), first });
    const made = new Set<LoadServiceClient>();
    return {
      ask: async ({ path, body = '' }) => {
        const credential = await manager.current();
        const client = clientFor(credential);
        made.add(client);
        return answered(askGrpc(client, { path, body }, credential.token));
      },
      follow: followNothing,
      close: () => {
        for (const client of made) client.close();
      },
    };
  },
});

export const wrongChannels: readonly WrongClient[] = [
  wrong('a gRPC channel that is closed at once', 'failed', closedAtOnce),
  wrong('a new gRPC client, the old one closed at once', 'failed', newClient),
  wrong('gRPC credentials from a certificate provider', 'stale', certificateProvider),
  wrong('a new gRPC client on the provider of the old one', 'stale', sharedPool),
  wrong('a gRPC client with the certificate of the start', 'stale', fixedCertificate),
];
