import {
  type Client,
  type ClientUnaryCall,
  type Metadata,
  makeGenericClientConstructor,
  type requestCallback,
  type ServiceDefinition,
} from '@grpc/grpc-js';

const toBytes = (text: string): Buffer => Buffer.from(text);
const toText = (bytes: Buffer): string => bytes.toString();

/** One unary call with a text either way; no .proto file and no compiler. */
export const pingService = {
  ping: {
    path: '/keyturn.bench.Ping/Ping',
    requestStream: false,
    responseStream: false,
    requestSerialize: toBytes,
    requestDeserialize: toText,
    responseSerialize: toBytes,
    responseDeserialize: toText,
  },
} satisfies ServiceDefinition;

export interface PingClient extends Client {
  ping(text: string, metadata: Metadata, done: requestCallback<string>): ClientUnaryCall;
}

export const PingClient: new (...made: ConstructorParameters<typeof Client>) => PingClient =
  makeGenericClientConstructor(pingService, 'Ping') as never;
