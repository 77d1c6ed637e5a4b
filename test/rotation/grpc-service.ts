import {
  type Client,
  type ClientReadableStream,
  type ClientUnaryCall,
  Metadata,
  makeGenericClientConstructor,
  type requestCallback,
  type ServiceDefinition,
} from '@grpc/grpc-js';

export interface Question {
  readonly path: string;
  readonly body: string;
}

const serialize = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const deserialize = <Value>(bytes: Buffer): Value => JSON.parse(bytes.toString()) as Value;

const method = (name: string, responseStream: boolean) => ({
  path: `/keyturn.test.Load/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: serialize,
  requestDeserialize: deserialize<Question>,
  responseSerialize: serialize,
  responseDeserialize: deserialize<string>,
});

/** One question, answered at once or piece by piece. */
export const loadService = {
  ask: method('Ask', false),
  follow: method('Follow', true),
} satisfies ServiceDefinition;

export interface LoadServiceClient extends Client {
  ask(question: Question, metadata: Metadata, done: requestCallback<string>): ClientUnaryCall;
  follow(question: Question, metadata: Metadata): ClientReadableStream<string>;
}

export const LoadServiceClient: new (
  ...made: ConstructorParameters<typeof Client>
) => LoadServiceClient = makeGenericClientConstructor(loadService, 'Load') as never;

/**
 * The whole answer to one question.
 * @param token for a client without a binding
 */
export async function askGrpc(
  client: LoadServiceClient,
  question: Question,
  token?: string,
): Promise<string> {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
  if (question.path.startsWith('/chunked/')) {
    const pieces: string[] = [];
    for await (const piece of client.follow(question, metadata)) pieces.push(piece as string);
    return pieces.join('');
  }
  return new Promise((resolve, reject) => {
    client.ask(question, metadata, (error, answer) => {
      if (error) reject(error);
      else resolve(answer ?? '');
    });
  });
}
