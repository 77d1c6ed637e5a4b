/** A gRPC service that answers well, late or not at all, and tells nothing of what it was sent. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  type CallOptions,
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type Metadata,
  makeGenericClientConstructor,
  type requestCallback,
  Server,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';

export interface Note {
  /** What is to become of it, as with HTTP. */
  readonly path: string;
}

const serialize = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const deserialize = (bytes: Buffer): Note => JSON.parse(bytes.toString()) as Note;

const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/keyturn.test.Secrets/${name}`,
  ...{ requestStream, responseStream },
  ...{ requestSerialize: serialize, responseSerialize: serialize },
  ...{ requestDeserialize: deserialize, responseDeserialize: deserialize },
});

const service = {
  ask: method('Ask', false, false),
  follow: method('Follow', false, true),
  chat: method('Chat', true, true),
} satisfies ServiceDefinition;

/** A client as a code generator makes it. */
export interface NotesClient extends Client {
  ask(
    note: Note,
    metadata: Metadata,
    options: CallOptions,
    done: requestCallback<Note>,
  ): ClientUnaryCall;
  follow(note: Note, metadata: Metadata, options: CallOptions): ClientReadableStream<Note>;
  chat(metadata: Metadata, options: CallOptions): ClientDuplexStream<Note, Note>;
}

export const NotesClient: new (...made: ConstructorParameters<typeof Client>) => NotesClient =
  makeGenericClientConstructor(service, 'Secrets') as never;

const refusal = { code: status.UNAUTHENTICATED, details: 'Who are you?' };

/**
 * Starts it.
 * @param onHang is told of each call that will not be answered
 * @param onCall is told of the Authorization of each
 */
export async function startNotes(
  credentials: ServerCredentials,
  onHang: () => void,
  onCall: (authorization: unknown) => void,
): Promise<{ readonly host: string; close(): Promise<void> }> {
  const server = new Server();
  const isRefused = ({ path }: Note, metadata: Metadata): boolean => {
    const [authorization] = metadata.get('authorization');
    onCall(authorization);
    return path === '/refused' || (path === '/replayed' && !String(authorization).endsWith('-2'));
  };
  server.addService(service, {
    ask: (call: ServerUnaryCall<Note, Note>, done: sendUnaryData<Note>) => {
      if (isRefused(call.request, call.metadata)) done(refusal);
      else if (call.request.path === '/hang') onHang();
      else done(null, call.request);
    },
    follow: (call: ServerWritableStream<Note, Note>) => {
      if (isRefused(call.request, call.metadata)) call.emit('error', refusal);
      else if (call.request.path === '/hang') call.write(call.request, onHang);
      else call.write(call.request, () => call.end());
    },
    chat: (call: ServerDuplexStream<Note, Note>) => {
      call.on('end', () => call.end());
      call.on('data', (note: Note) => {
        if (isRefused(note, call.metadata)) call.emit('error', refusal);
        else if (note.path === '/hang') onHang();
        else call.write(note);
      });
    },
  });
  const injector = server.createConnectionInjector(credentials);
  const sockets = new Set<Socket>();
  const front = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    injector.injectConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    host: `localhost:${(front.address() as AddressInfo).port}`,
    close: async () => {
      front.close();
      injector.destroy();
      server.forceShutdown();
      for (const socket of sockets) socket.destroy();
    },
  };
}
