import { Client, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { isCredentialError } from '@keyturn/core';
import { type SceneAnswer, type SceneBody, type SceneRequest, testBinding } from '@keyturn/testkit';
import { it } from 'vitest';
import { bindGrpc } from './bind-grpc.js';

/** The statuses of HTTP that mean the same as those of gRPC. */
const statuses: Readonly<Record<number, number>> = {
  [status.OK]: 200,
  [status.UNAUTHENTICATED]: 401,
  [status.UNAVAILABLE]: 503,
};

const asIs = (bytes: Buffer): Buffer => bytes;

async function messagesOf(body: SceneBody | undefined): Promise<Buffer[]> {
  if (body === undefined) return [Buffer.alloc(0)];
  if (body.kind === 'stream') return await readAll(body.value);
  if (body.kind === 'json') return [Buffer.from(JSON.stringify(body.value))];
  if (body.kind === 'form') return [Buffer.from(await new Response(body.value).arrayBuffer())];
  return [Buffer.from(body.kind === 'params' ? String(body.value) : body.value)];
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

/** Makes a unary call, or one that streams its requests, and reads the answer. */
async function send(client: Client, request: SceneRequest): Promise<SceneAnswer> {
  const { url, headers, body, signal, timeoutMs } = request;
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const deadline = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
  const messages = await messagesOf(body);
  return new Promise((resolve, reject) => {
    const done = (error: ServiceError | null, answer?: Buffer): void => {
      if (error === null) resolve({ status: 200, body: String(answer), answer });
      else settle(error, resolve, reject);
    };
    const call = new URL(url).pathname;
    const [message = Buffer.alloc(0)] = messages;
    if (body?.kind === 'stream') {
      const stream = client.makeClientStreamRequest(call, asIs, asIs, metadata, deadline, done);
      for (const each of messages) stream.write(each);
      stream.end();
    } else {
      const unary = client.makeUnaryRequest(call, asIs, asIs, message, metadata, deadline, done);
      signal?.addEventListener('abort', () => unary.cancel());
    }
  });
}

/** What a server says is an answer; what kept the call from it is an error, and its cause says why. */
function settle(
  error: ServiceError,
  resolve: (answer: SceneAnswer) => void,
  reject: (error: unknown) => void,
): void {
  const known = statuses[error.code];
  if (isCredentialError(error.cause)) reject(error.cause);
  // gRPC puts into words what Node says in a code.
  else if (/alert/.test(error.details)) reject(Object.assign(error, { code: 'EPROTO' }));
  else if (known === undefined || /connection|RST_STREAM/i.test(error.details)) reject(error);
  else resolve({ status: known, body: '', answer: error });
}

testBinding<Client>({
  test: it,
  name: 'bindGrpc',
  protocol: 'grpc',
  // A channel has one server, and a status of its own kind; it sends a refused stream again as it was.
  lacks: ['roams', 'statuses', 'headers', 'binds', 'resends'],
  bind: (manager, { url, maxSockets: _, ...options }) => {
    const { host, protocol } = new URL(url);
    const binding = bindGrpc(manager, {
      ...options,
      target: host,
      plaintext: protocol === 'http:',
    });
    const { target, credentials, options: clientOptions } = binding.client;
    return { ...binding, client: new Client(target, credentials, clientOptions) };
  },
  send,
});
