import https from 'node:https';
import { type ConnectionOptions, connect, createSecureContext } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { numberedManager, read, startServer } from '../../test/scene.js';
import { CredentialAgent } from './credential-agent.js';

async function setStage(agentOptions: https.AgentOptions = {}) {
  const server = await startServer();
  const { manager } = numberedManager('both');
  await manager.current();
  const origins = [server.url];
  const agent = new CredentialAgent(manager, {
    origins,
    tls: { ca: server.ca },
    agent: agentOptions,
  });
  onTestFinished(async () => {
    agent.destroy();
    await manager.close();
    await server.close();
  });
  const get = (options: https.RequestOptions & { readonly secureContext?: unknown } = {}) =>
    new Promise<{ readonly status: number | undefined }>((resolve, reject) => {
      https
        .get(server.url, { agent, ...options }, (response) => resolve(read(response)))
        .on('error', reject);
    });
  return { server, agent, get };
}

it('says that a connection was made past the agent, from its options', async () => {
  const { server, agent, get } = await setStage();
  const port = Number(new URL(server.url).port);
  const copy = { ...(agent as unknown as { readonly options: ConnectionOptions }).options };
  expect(() => connect({ ...copy, port })).toThrow(
    expect.objectContaining({ code: 'ERR_AGENT_BYPASSED' }),
  );
  expect((await get()).status).toBe(200);
});

it('leaves a context of the caller where it was, of a request and of the agent', async () => {
  const { server, agent, get } = await setStage();
  agent.unbind();
  const secureContext = createSecureContext({ ca: 'no authority' });
  await expect(get({ secureContext, agent: new https.Agent() })).rejects.toThrow();
  expect((await get()).status).toBe(200);
  const trusting = createSecureContext({ ca: server.ca });
  const other = await setStage({ secureContext: trusting } as https.AgentOptions);
  const { options } = other.agent as unknown as { readonly options: ConnectionOptions };
  expect(options.secureContext).toBe(trusting);
});
