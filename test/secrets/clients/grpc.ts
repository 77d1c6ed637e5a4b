import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { bindGrpc } from '@keyturn/grpc';
import { type Note, NotesClient } from '../grpc-notes.js';
import { headersOf, type SecretClient, type Trial } from '../secret-client.js';
import type { Situation } from '../situations.js';
import type { Scheme } from '../world.js';

type Call = (client: NotesClient, note: Note, trial: Trial, metadata: Metadata) => Promise<void>;

const paths = new Set(['/fine', '/refused', '/replayed', '/hang', '/large']);

const plays = ({ path, proxy, body }: Situation): boolean =>
  paths.has(path) && proxy === undefined && body === undefined;

const grpcClient = (name: string, schemes: readonly Scheme[], call: Call): SecretClient => ({
  name,
  binding: 'grpc',
  package: 'grpc',
  schemes,
  plays,
  open: (trial) => {
    const client = clientFor(trial);
    trial.defer(() => client.close());
    return async (url) => {
      const metadata = new Metadata();
      for (const [key, value] of Object.entries(headersOf(trial))) metadata.set(key, value);
      await call(client, { path: new URL(url).pathname }, trial, metadata);
      trial.show('the client', client);
      trial.show('the metadata', metadata);
    };
  },
});

function clientFor(trial: Trial): NotesClient {
  const { manager, ca, situation, origin, clientCertificate } = trial;
  const target = new URL(origin).host;
  const plaintext = trial.scheme === 'grpc-plain';
  const channel = { 'grpc.max_receive_message_length': situation.maxBytes === undefined ? -1 : 4 };
  if (manager !== undefined) {
    const tls = ca === undefined ? {} : { tls: { ca } };
    const binding = bindGrpc(manager, { target, plaintext, channel, ...tls });
    if (situation.life === 'unbound') binding.unbind();
    trial.show('the binding', binding);
    const { client } = binding;
    return new NotesClient(client.target, client.credentials, client.options);
  }
  const secure = credentials.createSsl(
    ca === undefined ? null : Buffer.from(ca),
    Buffer.from(clientCertificate.privateKey),
    Buffer.from(clientCertificate.certificate),
  );
  return new NotesClient(target, plaintext ? credentials.createInsecure() : secure, channel);
}

/** The deadline is in Unix milliseconds. */
function optionsOf({ situation }: Trial): object {
  return situation.timeoutMs === undefined ? {} : { deadline: Date.now() + situation.timeoutMs };
}

const unary: Call = (client, note, trial, metadata) =>
  new Promise((resolve) => {
    const call = client.ask(note, metadata, optionsOf(trial), (error, answer) => {
      if (error) showError(trial, error);
      else trial.show('the answer', answer);
      trial.show('the call, once over', call);
      resolve();
    });
    trial.show('the call', call);
    call.on('metadata', (head) => trial.show('the head', head));
    call.on('status', (ending) => trial.show('the status', ending));
    cancelWith(trial, call);
  });

const serverStream: Call = (client, note, trial, metadata) =>
  new Promise((resolve) => {
    const call = client.follow(note, metadata, optionsOf(trial));
    trial.show('the call', call);
    call.on('metadata', (head) => trial.show('the head', head));
    call.on('data', (answer) => trial.show('the answer', answer));
    call.on('error', (error: ServiceError) => showError(trial, error));
    call.on('status', (ending) => {
      trial.show('the status', ending);
      trial.show('the call, once over', call);
      resolve();
    });
    cancelWith(trial, call);
  });

const duplex: Call = (client, note, trial, metadata) =>
  new Promise((resolve) => {
    const call = client.chat(metadata, optionsOf(trial));
    trial.show('the call', call);
    call.on('data', (answer) => {
      trial.show('the answer', answer);
      call.end();
    });
    call.on('error', (error: ServiceError) => showError(trial, error));
    call.on('status', (ending) => {
      trial.show('the status', ending);
      trial.show('the call, once over', call);
      resolve();
    });
    cancelWith(trial, call);
    call.write(note);
  });

function showError(trial: Trial, error: ServiceError): void {
  trial.show('the error', error);
  trial.show('its metadata', error.metadata);
}

function cancelWith({ signal }: Trial, call: { cancel(): void }): void {
  if (signal?.aborted) setImmediate(() => call.cancel());
  else signal?.addEventListener('abort', () => call.cancel());
}

export const grpcClients: readonly SecretClient[] = [
  grpcClient('gRPC', ['grpc', 'grpc-plain'], unary),
  grpcClient('gRPC, a stream', ['grpc'], serverStream),
  grpcClient('gRPC, both ways', ['grpc'], duplex),
];
