import type { ClientRequest } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import type { BindOptions } from '@keyturn/core/binding';
import { type BindingUnderTest, testBinding } from '@keyturn/testkit';
import { it } from 'vitest';
import { CredentialAgent } from './credential-agent.js';

const bindWith =
  (
    replayOf: (options: BindOptions) => boolean,
    replay: boolean,
  ): BindingUnderTest<CredentialAgent>['bind'] =>
  (manager, { url: _, maxSockets, ...options }) => {
    const agent = new CredentialAgent(manager, {
      ...options,
      replay: replayOf(options),
      agent: { maxSockets },
    });
    return {
      client: agent,
      supports: { token: true, clientCertificate: true, replay },
      unbind: () => agent.unbind(),
    };
  };

const underTest: Pick<BindingUnderTest<CredentialAgent>, 'send'> = {
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
};

// Without being asked to, an agent repeats nothing: a refusal is passed on, and the next request is right.
testBinding<CredentialAgent>({
  ...underTest,
  test: it,
  name: 'CredentialAgent alone',
  // node:https refuses it before the agent sees a request, and the agent what comes to it from elsewhere; nor does it repeat one.
  lacks: ['plainHttp', 'resends'],
  bind: bindWith(() => false, false),
});

testBinding<CredentialAgent>({
  ...underTest,
  test: it,
  name: 'CredentialAgent with "replay"',
  // node:https has nothing that encodes a form.
  lacks: ['plainHttp', 'bodies'],
  bind: bindWith(({ replay = true }) => replay, true),
});

async function sendStream(stream: AsyncIterable<Buffer>, request: ClientRequest): Promise<void> {
  for await (const chunk of stream) request.write(chunk);
  request.end();
}
