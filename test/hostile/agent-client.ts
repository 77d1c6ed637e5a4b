import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { CredentialAgent } from '@keyturn/https';
import { answered } from './body-changes.js';
import { type HostileClient, judged, type Places } from './hostile-client.js';

const { method, path, body } = judged;

/** `CredentialAgent` under node:https itself, which sends a request once. */
export const agentClient: HostileClient = {
  name: 'agent',
  replays: false,
  bind: (manager, places) => {
    const agent = new CredentialAgent(manager, { origins: [places.good], tls: { ca: places.ca } });
    return {
      send: () => send(agent, places),
      close: () => agent.destroy(),
    };
  },
  bare: (token, { good, ca }) => {
    const agent = new https.Agent({ ca });
    const headers = { authorization: `Bearer ${token}` };
    return { send: () => send(agent, { good }, headers), close: () => agent.destroy() };
  },
  changes: [
    {
      what: 'options object',
      call: (manager, places) => {
        const agent = new CredentialAgent(manager, {
          origins: [places.good],
          tls: { ca: places.ca },
        });
        const { hostname, port } = new URL(places.good);
        const headers: Record<string, string> = { ...judged.headers };
        const options = { hostname, port, path, method, headers, agent };
        const change = (): void => {
          Object.assign(options, { port: new URL(places.evil).port, path: '/evil' });
          headers['x-judged'] = 'evil';
        };
        return { answer: finish(https.request(options)), change, close: () => agent.destroy() };
      },
    },
    {
      what: 'options of the agent',
      outcome: 'refused',
      call: (manager, places) => {
        const agent = new CredentialAgent(manager, {
          origins: [places.good],
          tls: { ca: places.ca },
        });
        const { port } = new URL(places.evil);
        return {
          answer: send(agent, places),
          change: () => Object.assign(agent.options, { port }),
          close: () => agent.destroy(),
        };
      },
    },
  ],
};

function send(
  agent: https.Agent,
  { good }: Pick<Places, 'good'>,
  headers: object = {},
): Promise<unknown> {
  const given = { ...judged.headers, ...headers };
  return finish(https.request(new URL(path, good), { method, headers: given, agent }));
}

async function finish(request: ReturnType<typeof https.request>): Promise<unknown> {
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return answered(response.statusCode, response);
}
