import type { ClientRequest } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { testBinding } from '@keyturn/testkit';
import { it } from 'vitest';
import { CredentialAgent } from './credential-agent.js';

// An agent cannot repeat what its client sends: a refusal is passed on, and the next request is right.
testBinding<CredentialAgent>({
  test: it,
  name: 'CredentialAgent alone',
  // node:https refuses it before the agent sees a request, and the agent what comes to it from elsewhere; nor can it repeat one.
  lacks: ['plainHttp', 'resends'],
  bind: (manager, { url: _, maxSockets, replay: __, ...options }) => {
    const agent = new CredentialAgent(manager, { ...options, agent: { maxSockets } });
    return {
      client: agent,
      supports: { token: true, clientCertificate: true, replay: false },
      unbind: () => agent.unbind(),
    };
  },
  send: (agent, request) =>
    new Promise((resolve, reject) => {
      const { url, method, headers, body, signal, timeoutMs } = request;
      const options = { method, headers, agent, ...(signal !== undefined && { signal }) };
      const sent = https.request(url, options);
      // For the whole request; node:https has a limit for silence only.
      const late = new Error(`No answer within the time of ${timeoutMs} ms.`);
      if (timeoutMs !== undefined) setTimeout(() => sent.destroy(late), timeoutMs);
      sent.on('error', reject);
      sent.on('response', (answer) => {
        text(answer).then(
          (read) => resolve({ status: answer.statusCode ?? 0, body: read, answer }),
          reject,
        );
      });
      if (body?.kind === 'stream') sendStream(body.value, sent).catch(reject);
      else sent.end(body?.kind === 'json' ? JSON.stringify(body.value) : undefined);
    }),
});

async function sendStream(stream: AsyncIterable<Buffer>, request: ClientRequest): Promise<void> {
  for await (const chunk of stream) request.write(chunk);
  request.end();
}
