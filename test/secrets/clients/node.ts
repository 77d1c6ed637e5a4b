/** Node's own clients, and ws, which rides on the agent. */

import type { ClientRequest, IncomingMessage } from 'node:http';
import http from 'node:http';
import http2, { type ClientHttp2Stream } from 'node:http2';
import https from 'node:https';
import { bindHttp2, bindHttps, CredentialAgent, connectWebSocket } from '@keyturn/https';
import { WebSocket } from 'ws';
import { headersOf, type SecretClient, type Trial } from '../secret-client.js';
import type { Situation } from '../situations.js';

/** Those in which nothing is asked of a client that Node has not. */
const isPlain = ({ proxy, maxBytes, path }: Situation): boolean =>
  proxy === undefined && maxBytes === undefined && !/circle|nowhere|broken/.test(path);

const agentOptions = { keepAlive: true, maxSockets: 3 };

const bound: SecretClient = {
  name: 'https, bound',
  binding: 'https',
  package: 'https',
  schemes: ['https', 'http'],
  plays: isPlain,
  open: (trial) => {
    const { manager, origin, ca, situation, defer } = trial;
    if (manager === undefined) return (url) => sendBare(trial, url, bareAgent(trial));
    const tls = ca === undefined ? {} : { tls: { ca } };
    const binding = bindHttps(manager, { origins: [origin], ...tls, agent: agentOptions });
    const { client } = binding;
    defer(() => client.agent.destroy());
    if (situation.life === 'unbound') binding.unbind();
    trial.show('the binding', binding);
    return async (url) => {
      const { body, timeoutMs } = situation;
      const options = { body, timeoutMs, signal: trial.signal, method: body && 'POST' };
      await showAnswer(trial, client.request(url, options));
      trial.show('the client', client);
    };
  },
};

const agent: SecretClient = {
  name: 'https with an agent',
  binding: 'https',
  package: 'https',
  schemes: ['https'],
  plays: isPlain,
  open: (trial) => {
    const { manager, origin, ca, situation, defer } = trial;
    if (manager === undefined) return (url) => sendBare(trial, url, bareAgent(trial));
    const tls = ca === undefined ? {} : { tls: { ca } };
    const credentials = new CredentialAgent(manager, {
      origins: [origin],
      ...tls,
      agent: agentOptions,
    });
    defer(() => credentials.destroy());
    if (situation.life === 'unbound') credentials.unbind();
    return (url) => sendBare(trial, url, credentials);
  },
};

function bareAgent(trial: Trial): http.Agent {
  const { ca, scheme } = trial;
  const options = { ...agentOptions, ...(ca !== undefined && { ca }) };
  const made = scheme === 'http' ? new http.Agent(options) : new https.Agent(options);
  trial.defer(() => made.destroy());
  return made;
}

async function sendBare(trial: Trial, url: string, through: http.Agent): Promise<void> {
  const { body, timeoutMs } = trial.situation;
  const { request: make } = url.startsWith('https:') ? https : http;
  const request = make(url, {
    agent: through as https.Agent,
    headers: headersOf(trial),
    method: body === undefined ? 'GET' : 'POST',
    ...(trial.signal && { signal: trial.signal }),
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
  });
  request.on('timeout', () => request.destroy(new Error('The server is slow.')));
  request.on('socket', (socket) => trial.show('the socket', socket));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
  });
  trial.show('the request, new', request);
  request.end(body);
  trial.show('the request on its way', request);
  await showAnswer(trial, answered, request);
  trial.show('the agent', through);
}

async function showAnswer(
  trial: Trial,
  answered: Promise<IncomingMessage>,
  request?: ClientRequest,
): Promise<void> {
  try {
    const answer = await answered;
    trial.show('the answer', answer);
    const { timeoutMs } = trial.situation;
    // That of the client is over when the head has arrived.
    if (timeoutMs !== undefined)
      answer.setTimeout(timeoutMs, () => answer.destroy(new Error('The server is slow.')));
    for await (const _ of answer);
    trial.show('the answer, once read', answer);
    trial.show('its request', (answer as { readonly req?: unknown }).req);
  } catch (error) {
    trial.show('the error', error);
    if (request !== undefined) trial.show('the request after it', request);
  }
}

const overHttp2: SecretClient = {
  name: 'http2, bound',
  binding: 'http2',
  package: 'https',
  schemes: ['h2'],
  plays: isPlain,
  open: (trial) => {
    const { manager, origin, ca, situation, defer } = trial;
    if (manager === undefined) return (url) => sendBareHttp2(trial, url);
    const tls = ca === undefined ? {} : { tls: { ca } };
    const binding = bindHttp2(manager, { origins: [origin], ...tls });
    const { client } = binding;
    defer(() => client.close());
    if (situation.life === 'unbound') binding.unbind();
    trial.show('the binding', binding);
    return async (url) => {
      const { body, timeoutMs } = situation;
      const options = { body, timeoutMs, signal: trial.signal, method: body && 'POST' };
      try {
        const answer = await client.request(url, options);
        trial.show('the answer', answer);
        if (timeoutMs !== undefined)
          answer.stream.setTimeout(timeoutMs, () => answer.stream.close(8));
        for await (const _ of answer.stream);
        trial.show('the answer, once read', answer);
        trial.show('the session', answer.stream.session);
      } catch (error) {
        trial.show('the error', error);
      }
      trial.show('the client', client);
    };
  },
};

async function sendBareHttp2(trial: Trial, url: string): Promise<void> {
  const { body } = trial.situation;
  const { origin, pathname } = new URL(url);
  const session = http2.connect(origin, trial.ca === undefined ? {} : { ca: trial.ca });
  trial.defer(() => session.destroy());
  session.on('error', () => {});
  const method = body === undefined ? 'GET' : 'POST';
  const stream = session.request({ ':path': pathname, ':method': method, ...headersOf(trial) });
  // One that never connects is not closed by closing its stream.
  trial.signal?.addEventListener('abort', () => [stream.close(8), session.destroy()]);
  const { timeoutMs } = trial.situation;
  const slow = new Error('The server is slow.');
  if (timeoutMs !== undefined) stream.setTimeout(timeoutMs, () => stream.destroy(slow));
  try {
    trial.show('the answer', await answerOf(stream, body));
    for await (const _ of stream);
    trial.show('the answer, once read', { stream });
  } catch (error) {
    trial.show('the error', error);
  }
}

function answerOf(stream: ClientHttp2Stream, body: string | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    stream.on('response', (headers) =>
      resolve({ statusCode: headers[':status'], headers, stream }),
    );
    stream.on('error', reject).on('close', () => reject(new Error('closed')));
    stream.end(body);
  });
}

const upgrades = ({ path, body, proxy, maxBytes, amongOthers }: Situation): boolean =>
  body === undefined &&
  proxy === undefined &&
  maxBytes === undefined &&
  amongOthers === undefined &&
  !/broken|slow|half|circle|nowhere|sent-away|redirected/.test(path);

const webSocket: SecretClient = {
  name: 'ws, connected',
  binding: 'ws',
  package: 'https',
  schemes: ['https'],
  plays: (situation) => upgrades(situation) && situation.life !== 'unbound',
  open: (trial) => {
    const { manager, ca, situation } = trial;
    return async (address) => {
      const url = address.replace('https:', 'wss:');
      if (manager === undefined) return showSocket(trial, new WebSocket(url, bareOptions(trial)));
      try {
        const socket = await connectWebSocket(
          (to, init) => {
            const made = new WebSocket(to, init);
            trial.show('the socket, new', made);
            made.on('unexpected-response', (request, response) => {
              trial.show('the refusal', [request, response]);
            });
            return made;
          },
          manager,
          {
            url,
            signal: trial.signal,
            ...(situation.timeoutMs !== undefined && { timeoutMs: situation.timeoutMs }),
            ...(ca !== undefined && { tls: { ca } }),
          },
        );
        trial.show('the answer', socket);
        socket.terminate();
      } catch (error) {
        trial.show('the error', error);
      }
    };
  },
};

const webSocketWithAgent: SecretClient = {
  name: 'ws with an agent',
  binding: 'ws',
  package: 'https',
  schemes: ['https'],
  plays: upgrades,
  open: (trial) => {
    const { manager, origin, ca, situation, defer } = trial;
    return async (address) => {
      const url = address.replace('https:', 'wss:');
      if (manager === undefined) return showSocket(trial, new WebSocket(url, bareOptions(trial)));
      const tls = ca === undefined ? {} : { tls: { ca } };
      const credentials = new CredentialAgent(manager, { origins: [origin], ...tls });
      defer(() => credentials.destroy());
      if (situation.life === 'unbound') credentials.unbind();
      const limit = situation.timeoutMs && { handshakeTimeout: situation.timeoutMs };
      await showSocket(trial, new WebSocket(url, { agent: credentials, ...limit }));
    };
  },
};

/** With an agent, as a client has that needs a certificate. */
function bareOptions(trial: Trial): WebSocket.ClientOptions {
  const { situation } = trial;
  const limit = situation.timeoutMs && { handshakeTimeout: situation.timeoutMs };
  return { headers: headersOf(trial), agent: bareAgent(trial), ...limit };
}

async function showSocket(trial: Trial, socket: WebSocket): Promise<void> {
  trial.show('the socket, new', socket);
  trial.signal?.addEventListener('abort', () => socket.terminate());
  if (trial.signal?.aborted) setImmediate(() => socket.terminate());
  socket.on('upgrade', (response) => trial.show('the upgrade', response));
  try {
    await new Promise((resolve, reject) => {
      socket.on('open', resolve).on('error', reject);
    });
    trial.show('the answer', socket);
    socket.terminate();
  } catch (error) {
    trial.show('the error', error);
    trial.show('the socket after it', socket);
  }
}

export const nodeClients: readonly SecretClient[] = [
  bound,
  agent,
  overHttp2,
  webSocket,
  webSocketWithAgent,
];
