/** What a request may expect while its server is being verified. */
import { once } from 'node:events';
import https, { type RequestOptions } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { createCredentialManager, type TrustSource } from '@keyturn/core';
import { createTestAuthority, startTestApiServer } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CredentialAgent, type CredentialAgentOptions } from './credential-agent.js';

const [authority, renewed] = await Promise.all([
  createTestAuthority({ commonName: 'one' }),
  createTestAuthority({ commonName: 'two' }),
]);

/** A trust that gives the renewed authority as soon as it is told to look again. */
function renewable(pem: string = authority.certificate): TrustSource & { looks: number } {
  let generation = 1;
  const trust = {
    name: 'a trust',
    looks: 0,
    peek: () => ({ generation, pem: generation === 1 ? pem : renewed.certificate }),
    refresh: async () => {
      trust.looks += 1;
      generation = 2;
    },
  };
  return trust;
}

function agentFor(url: string, ca: TrustSource, options: Partial<CredentialAgentOptions> = {}) {
  const manager = createCredentialManager({ source: async () => ({ token: 'one' }) });
  const agent = new CredentialAgent(manager, { origins: [url], tls: { ca }, ...options });
  onTestFinished(async () => {
    agent.destroy();
    await manager.close();
  });
  return agent;
}

/** A server that takes connections, and says nothing. */
async function startSilence(): Promise<string> {
  const server = createServer(() => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<{ destroy(): unknown }>();
  server.on('connection', (socket) => sockets.add(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What becomes of a GET: its status, or the code of its error. */
async function ask(agent: CredentialAgent, url: string, options: RequestOptions = {}) {
  await agent.ready();
  const request = https.get(url, { agent, ...options });
  return new Promise<unknown>((resolve) => {
    request.on('response', (answer) => resolve(answer.resume().statusCode));
    request.on('error', ({ code, name }: NodeJS.ErrnoException) => resolve(code ?? name));
    request.on('timeout', () => {
      request.destroy();
      resolve('timeout');
    });
  });
}

async function startServer(of = authority) {
  const server = await startTestApiServer({ authority: of });
  onTestFinished(() => server.close());
  return server;
}

describe('a request whose server is being verified', () => {
  it('ends with its signal', async () => {
    const url = await startSilence();
    const agent = agentFor(url, renewable());
    await agent.ready();
    const { signal, abort } = controller();
    const ended = ask(agent, url, { signal });
    setImmediate(abort);
    expect(await ended).toBe('ABORT_ERR');
    expect(Object.values(agent.sockets).flat()).toEqual([]);
  });

  it('heeds its timeout', async () => {
    const url = await startSilence();
    expect(await ask(agentFor(url, renewable()), url, { timeout: 5 })).toBe('timeout');
  });

  it('tells who limits the time of a connection that it is being made', async () => {
    const url = await startSilence();
    const agent = agentFor(url, renewable());
    await agent.ready();
    const request = https.get(url, { agent });
    request.on('error', () => {});
    const [socket] = await once(request, 'socket');
    expect(socket.secureConnecting).toBe(true);
    request.destroy();
  });

  it('tells them when it is there, and that another connection has taken its place', async () => {
    const server = await startServer(renewed);
    const agent = agentFor(server.url, renewable());
    await agent.ready();
    const request = https.get(server.url, { agent });
    const heard: string[] = [];
    request.once('socket', (socket) => {
      for (const event of ['connect', 'secureConnect', 'error']) {
        socket.on(event, () => heard.push(event));
      }
    });
    const [answer] = await once(request, 'response');
    answer.resume();
    expect(heard).toEqual(['connect', 'connect', 'secureConnect']);
    expect(answer.socket.encrypted).toBe(true);
  });

  it('leaves its place to the next one when it gives up', async () => {
    const silent = await startSilence();
    const server = await startServer();
    const agent = agentFor(server.url, renewable(), { agent: { maxTotalSockets: 1 } });
    await agent.ready();
    const first = https.get(silent, { agent });
    first.on('error', () => {});
    const second = ask(agent, server.url);
    let waiting: string[] = [];
    setImmediate(() => {
      waiting = Object.keys(agent.requests);
      first.destroy();
    });
    expect(await second).toBe(200);
    expect(waiting).toHaveLength(1);
  });

  it('fails when the agent is destroyed', async () => {
    const url = await startSilence();
    const agent = agentFor(url, renewable());
    const ended = ask(agent, url);
    await agent.ready();
    setImmediate(() => agent.destroy());
    expect(await ended).toBe('ECONNRESET');
  });

  it('fails with what the connection fails with, and lets those behind it go on', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
    const agent = agentFor(url, renewable(), { agent: { maxSockets: 1 } });
    const all = await Promise.all([ask(agent, url), ask(agent, url), ask(agent, url)]);
    expect(all).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
  });
});

describe('a connection that cannot be verified', () => {
  it('is made once more for each that waits, behind one another', async () => {
    const server = await startServer(renewed);
    const agent = agentFor(server.url, renewable(), { agent: { maxSockets: 1 } });
    const all = await Promise.all(Array.from({ length: 5 }, () => ask(agent, server.url)));
    expect(all).toEqual([200, 200, 200, 200, 200]);
  });

  it('fails where nobody else is trusted by then', async () => {
    const server = await startServer(await createTestAuthority());
    const trust = renewable();
    expect(await ask(agentFor(server.url, trust), server.url)).toMatch(/SIGNATURE|SELF_SIGNED/);
    expect(trust.looks).toBe(2);
  });

  it('is not made for ever where each look finds others', async () => {
    const server = await startServer(await createTestAuthority());
    let generation = 1;
    const trust: TrustSource = {
      name: 'restless',
      peek: () => ({ generation, pem: authority.certificate }),
      refresh: async () => {
        generation += 1;
      },
    };
    expect(await ask(agentFor(server.url, trust), server.url)).toMatch(/SIGNATURE|SELF_SIGNED/);
    expect(generation).toBe(1 + 6);
  });

  it('is made once more for a request to another origin, too', async () => {
    const server = await startServer(renewed);
    const agent = agentFor('https://api.example', renewable());
    expect(await ask(agent, server.url)).toBe(200);
    expect(server.requests[0]?.token).toBeUndefined();
  });

  it('is not made once more where only the name is wrong', async () => {
    const server = await startServer();
    const trust = renewable();
    const agent = agentFor(server.url, trust);
    expect(await ask(agent, server.url, { servername: 'elsewhere.example' })).toBe(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    expect(trust.looks).toBe(0);
  });
});

describe('a connection that presents nothing', () => {
  it('closes when its authority is gone', async () => {
    const server = await startServer();
    const trust = renewable();
    const agent = agentFor('https://api.example', trust);
    expect(await ask(agent, server.url)).toBe(200);
    await trust.refresh?.();
    server.presentCertificate(await renewed.issueServerCertificate());
    expect(await ask(agent, server.url)).toBe(200);
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2]);
    await expect.poll(() => server.connections.isOpen(1)).toBe(false);
  });

  it('is verified after unbind() as well', async () => {
    const server = await startServer(renewed);
    const agent = agentFor(server.url, renewable());
    await agent.ready();
    agent.unbind();
    const answer = https.get(server.url, { agent });
    const [{ statusCode }] = await once(answer, 'response');
    expect(statusCode).toBe(200);
  });
});

it('a trust that has nothing fails each request with what it says, and rotations go on', async () => {
  const server = await startServer();
  const nothing: TrustSource = {
    name: 'nothing',
    peek: () => {
      throw new Error('nothing');
    },
  };
  const agent = agentFor(server.url, nothing);
  const request = https.get(server.url, { agent });
  const [error] = await once(request, 'error');
  expect(error).toMatchObject({ code: 'ERR_TRUST_FAILED' });
});

function controller(): { signal: AbortSignal; abort: () => void } {
  const control = new AbortController();
  return { signal: control.signal, abort: () => control.abort() };
}
