import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import {
  type CallOptions,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  Metadata,
  makeGenericClientConstructor,
  type requestCallback,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import {
  type Binding,
  type ClientCertificate,
  type CredentialManager,
  type CredentialManagerOptions,
  type CredentialSource,
  createCredentialManager,
} from '@keyturn/core';
import { createTestAuthority, type TestAuthority } from '@keyturn/testkit';
import { type BindGrpcOptions, bindGrpc, type GrpcClientArguments } from '../src/index.js';

let shared: Promise<TestAuthority> | undefined;

/** One authority for all files: making one takes longer than most tests. */
export function authority(): Promise<TestAuthority> {
  shared ??= createTestAuthority();
  return shared;
}

export interface Note {
  readonly text: string;
  /** The server keeps the answer until `release()`. */
  readonly held?: boolean;
}

/** What arrived with a call, and what is answered to it. */
export interface RecordedCall {
  readonly method: string;
  readonly text: string;
  readonly token: string | undefined;
  readonly apiKey: string | undefined;
  readonly tenant: string | undefined;
  readonly commonName: string | undefined;
  /** Tells connections apart. */
  readonly peer: string;
}

const serialize = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const deserialize = <Value>(bytes: Buffer): Value => JSON.parse(bytes.toString()) as Value;

const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/keyturn.test.Notes/${name}`,
  requestStream,
  responseStream,
  requestSerialize: serialize,
  requestDeserialize: deserialize<Note>,
  responseSerialize: serialize,
  responseDeserialize: deserialize<RecordedCall>,
});

const notes = {
  echo: method('Echo', false, false),
  watch: method('Watch', false, true),
  collect: method('Collect', true, false),
  chat: method('Chat', true, true),
} satisfies ServiceDefinition;

/** A client as a code generator makes it. */
export interface NotesClient extends Client {
  echo(
    note: Note,
    metadata: Metadata,
    options: CallOptions,
    done: requestCallback<RecordedCall>,
  ): ClientUnaryCall;
  watch(note: Note, metadata?: Metadata, options?: CallOptions): ClientReadableStream<RecordedCall>;
  collect(done: requestCallback<RecordedCall>): ClientWritableStream<Note>;
  chat(): ClientDuplexStream<Note, RecordedCall>;
}

export const NotesClient: new (
  target: string,
  credentials: GrpcClientArguments['credentials'],
  options: object,
) => NotesClient = makeGenericClientConstructor(notes, 'Notes') as never;

export interface NotesServerOptions {
  readonly plaintext?: boolean;
  /** False is answered with UNAUTHENTICATED. Default: everything is allowed. */
  readonly authorize?: (call: RecordedCall) => boolean;
  /** Send initial metadata before the judgement, as few servers do. */
  readonly eager?: boolean;
  /** Sees unary calls before they are answered. */
  readonly onEcho?: (call: ServerUnaryCall<Note, RecordedCall>) => void;
}

export interface NotesServer extends AsyncDisposable {
  readonly target: string;
  readonly calls: readonly RecordedCall[];
  /** Connections that are open. */
  readonly connections: ReadonlySet<Socket>;
  /** Resolves with a function that answers the next call that asked to be held. */
  nextHeld(): Promise<() => void>;
}

type AnyServerCall =
  | ServerUnaryCall<Note, RecordedCall>
  | ServerReadableStream<Note, RecordedCall>
  | ServerWritableStream<Note, RecordedCall>
  | ServerDuplexStream<Note, RecordedCall>;

const refusal = { code: status.UNAUTHENTICATED, details: 'who are you?' };

/** A real gRPC server on loopback that demands a client certificate and remembers what it was asked. */
export async function startNotesServer(options: NotesServerOptions = {}): Promise<NotesServer> {
  const calls: RecordedCall[] = [];
  const held: (() => void)[] = [];
  const waiting: ((release: () => void) => void)[] = [];

  const hold = (release: () => void): void => {
    const next = waiting.shift();
    if (next === undefined) held.push(release);
    else next(release);
  };
  const record = (name: string, call: AnyServerCall, text: string): RecordedCall => {
    const peer = call.getAuthContext().sslPeerCertificate as
      | { readonly subject?: { readonly CN?: string } }
      | undefined;
    const recorded: RecordedCall = {
      method: name,
      text,
      token: call.metadata.get('authorization')[0]?.toString().replace('Bearer ', ''),
      apiKey: call.metadata.get('x-api-key')[0]?.toString(),
      tenant: call.metadata.get('x-tenant').join() || undefined,
      commonName: peer?.subject?.CN,
      peer: call.getPeer(),
    };
    calls.push(recorded);
    if (options.eager) call.sendMetadata(new Metadata());
    return recorded;
  };
  const isAllowed = (recorded: RecordedCall): boolean => options.authorize?.(recorded) !== false;

  const server = new Server();
  server.addService(notes, {
    echo: (call: ServerUnaryCall<Note, RecordedCall>, done: sendUnaryData<RecordedCall>) => {
      const recorded = record('echo', call, call.request.text);
      options.onEcho?.(call);
      if (!isAllowed(recorded)) done(refusal);
      else if (call.request.held) hold(() => done(null, recorded));
      else done(null, recorded);
    },
    watch: (call: ServerWritableStream<Note, RecordedCall>) => {
      const recorded = record('watch', call, call.request.text);
      if (!isAllowed(recorded)) {
        call.emit('error', refusal);
        return;
      }
      call.write(recorded);
      const finish = (): void => void call.write(recorded, () => call.end());
      if (call.request.held) hold(finish);
      else finish();
    },
    collect: async (
      call: ServerReadableStream<Note, RecordedCall>,
      done: sendUnaryData<RecordedCall>,
    ) => {
      const texts: string[] = [];
      for await (const note of call as AsyncIterable<Note>) texts.push(note.text);
      const recorded = record('collect', call, texts.join());
      if (isAllowed(recorded)) done(null, recorded);
      else done(refusal);
    },
    chat: (call: ServerDuplexStream<Note, RecordedCall>) => {
      call.on('data', (note: Note) => call.write(record('chat', call, note.text)));
      call.on('end', () => call.end());
    },
  });
  const credentials = options.plaintext ? ServerCredentials.createInsecure() : await mutualTls();
  const injector = server.createConnectionInjector(credentials);
  const connections = new Set<Socket>();
  const listener = net.createServer((socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    socket.on('error', () => {});
    injector.injectConnection(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    target: `localhost:${(listener.address() as AddressInfo).port}`,
    calls,
    connections,
    nextHeld: () => {
      const release = held.shift();
      return release ? Promise.resolve(release) : new Promise((resolve) => waiting.push(resolve));
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(listener, 'close');
      listener.close();
      injector.destroy();
      server.forceShutdown();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

async function mutualTls(): Promise<ServerCredentials> {
  const { certificate: ca, issueServerCertificate } = await authority();
  const { certificate, privateKey } = await issueServerCertificate();
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(privateKey) };
  return ServerCredentials.createSsl(Buffer.from(ca), [pair], true);
}

export interface NumberedSource extends CredentialSource {
  readonly loads: number;
}

/** `token-1`, `client-1`, then `token-2` …; the certificate changes only where asked. */
export function numberedSource(rotates: 'token' | 'both' = 'both'): NumberedSource {
  let loads = 0;
  let first: Promise<ClientCertificate> | undefined;
  const issue = async (commonName: string): Promise<ClientCertificate> =>
    (await authority()).issueClientCertificate({ commonName });
  return {
    name: 'numbered',
    get loads() {
      return loads;
    },
    load: async () => {
      loads += 1;
      const number = loads;
      if (number === 1) first = issue('client-1');
      const clientCertificate = await (rotates === 'both' ? issue(`client-${number}`) : first);
      return { token: `token-${number}`, clientCertificate };
    },
  };
}

export interface GrpcScene extends AsyncDisposable {
  readonly server: NotesServer;
  readonly manager: CredentialManager;
  readonly binding: Binding<GrpcClientArguments>;
  readonly client: NotesClient;
}

/** A server, a manager and a bound client. */
export async function scene(
  source: CredentialSource,
  options: Partial<BindGrpcOptions> = {},
  serverOptions: NotesServerOptions = {},
  managerOptions: Omit<CredentialManagerOptions, 'source'> = {},
): Promise<GrpcScene> {
  const server = await startNotesServer(serverOptions);
  const manager = createCredentialManager({ source, ...managerOptions });
  const { certificate: ca } = await authority();
  const binding = bindGrpc(manager, { target: server.target, tls: { ca }, ...options });
  const { target, credentials, options: clientOptions } = binding.client;
  const client = new NotesClient(target, credentials, clientOptions);
  return {
    server,
    manager,
    binding,
    client,
    async [Symbol.asyncDispose]() {
      client.close();
      await manager.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

export function echo(
  client: NotesClient,
  note: Partial<Note> = {},
  { metadata = new Metadata(), ...options }: CallOptions & { readonly metadata?: Metadata } = {},
): Promise<RecordedCall> {
  return new Promise((resolve, reject) => {
    client.echo({ text: 'hello', ...note }, metadata, options, (error, value) => {
      if (error) reject(error);
      else resolve(value as RecordedCall);
    });
  });
}

export function collect(client: NotesClient, texts: readonly string[]): Promise<RecordedCall> {
  return new Promise((resolve, reject) => {
    const stream = client.collect((error, value) => {
      if (error) reject(error);
      else resolve(value as RecordedCall);
    });
    for (const text of texts) stream.write({ text });
    stream.end();
  });
}
