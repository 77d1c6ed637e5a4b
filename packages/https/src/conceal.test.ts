import { once } from 'node:events';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { createCredentialManager } from '@keyturn/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { authority, read, startServer } from '../test/scene.js';
import { bindHttps } from './bind-https.js';
import { hideRequest } from './conceal.js';
import { CredentialAgent } from './credential-agent.js';

const secret = 'Very-Secret-Token';

/** Everything that console.log could ever show, and more. */
function print(...values: readonly unknown[]): string {
  return values
    .map((value) => inspect(value, { depth: 50, maxArrayLength: null, maxStringLength: null }))
    .join();
}

/** What a logger writes that walks enumerable properties and knows toJSON, as JSON.stringify does. */
function toJson(value: unknown): string {
  const seen = new WeakSet();
  const text = JSON.stringify(value, (_key, part) => {
    if (typeof part !== 'object' || part === null) return part;
    if (seen.has(part)) return undefined;
    seen.add(part);
    return part;
  });
  return text ?? '';
}

function expectNoSecret(...values: readonly unknown[]): void {
  for (const text of [print(...values), ...values.map(toJson)]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain('BEGIN');
  }
}

async function secretManager() {
  const clientCertificate = await (await authority()).issueClientCertificate();
  const source = { name: 'secret', load: async () => ({ token: secret, clientCertificate }) };
  return createCredentialManager({ source });
}

// A request that never got its agent prints Node's global one, which remembers TLS sessions under the text of the CA:
// those of other tests, since all share a process.
beforeEach(() => {
  Object.assign(https.globalAgent, { _sessionCache: { map: {}, list: [] } });
});

describe('no token and no key shows', () => {
  it('in agent, request, answer and pool at any stage of a request', async () => {
    await using server = await startServer();
    const manager = await secretManager();
    const { client } = bindHttps(manager, { origins: [server.url], tls: { ca: server.ca } });
    const { agent } = client;
    const cold = https.get(server.url, { agent });
    expectNoSecret(agent, cold);
    await read((await once(cold, 'response'))[0]);

    const request = https.get(server.url, { agent });
    expectNoSecret(agent, request);
    await once(request, 'socket');
    await turn();
    expectNoSecret(agent, request, Object.keys(agent.sockets));
    const [response] = await once(request, 'response');
    expectNoSecret(agent, response);
    await read(response);
    await turn();
    expectNoSecret(agent, request, response, Object.keys(agent.freeSockets));
    const last = await client.get(server.url);
    expectNoSecret(last, client);
    expect(inspect(last, { depth: 50, customInspect: false })).not.toContain(secret);
    await read(last);
    agent.destroy();
  });

  it('in a request whose connection never comes to be', async () => {
    const deaf = net.createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const url = `https://localhost:${(deaf.address() as AddressInfo).port}`;
    const agent = new CredentialAgent(await secretManager(), { origins: [url] });
    await agent.ready();
    const request = https.request(url, { agent, method: 'POST' }).on('error', () => {});
    const closed = new Promise((resolve) => request.once('close', resolve));
    request.end('body');
    await once(request, 'socket');
    await turn();
    expectNoSecret(request, agent);
    request.destroy();
    await closed;
    expectNoSecret(request, request.socket, agent);
    deaf.close();

    const refused = https.request(url, { agent, method: 'POST' });
    const failed = new Promise((resolve) => refused.once('error', resolve));
    refused.end('body');
    expectNoSecret(await failed, refused, refused.socket, agent);
    agent.destroy();
  });

  it('in what a request remembers after its answer has begun', async () => {
    await using server = await startServer();
    const agent = new CredentialAgent(await secretManager(), {
      origins: [server.url],
      tls: { ca: server.ca },
    });
    for (let count = 0; count < 2; count += 1) {
      const request = https.get(server.url, { agent });
      await read((await once(request, 'response'))[0]);
      expectNoSecret({ ...request });
      expect((request as unknown as { readonly _header: string })._header).toMatch(
        /^Authorization: \[redacted\]\r$/m,
      );
      expect(request.getHeader('authorization') ?? '[redacted]').toBe('[redacted]');
    }
    agent.destroy();
  });

  it('prints connected sockets as Node does', async () => {
    await using server = await startServer();
    const { client } = bindHttps(await secretManager(), {
      origins: [server.url],
      tls: { ca: server.ca },
    });
    const response = await client.get(server.url);
    expect(inspect(response.socket, { depth: 0 })).toContain('authorized: true');
    await read(response);
    client.agent.destroy();
  });

  it('but method, address and header names do', async () => {
    const agent = new CredentialAgent(await secretManager(), { origins: ['https://api.example'] });
    await agent.ready();
    const request = https.request('https://api.example/a', { agent }).on('error', () => {});
    expect(inspect(request)).toMatch(
      /ClientRequest .*GET.*https:\/\/api\.example\/a.*authorization/s,
    );
    request.destroy();
    agent.destroy();
  });
});

describe('hideRequest', () => {
  it('keeps a request out of what walks or prints its holder, and leaves it readable', () => {
    const request = https.request('https://127.0.0.1:9/', {
      headers: { authorization: `Bearer ${secret}` },
    });
    request.on('error', () => {}).destroy();
    const error = Object.assign(new Error('failed'), { request });
    hideRequest(error);
    expect(print(error)).not.toContain(secret);
    expect(Object.keys(error)).toEqual([]);
    expect(error.request).toBe(request);
    expect(print(request)).not.toContain(secret);
  });

  it('takes another name, and a holder without a request', () => {
    const holder = { req: { header: secret }, frozen: true };
    hideRequest(holder);
    hideRequest(holder, 'req');
    expect(JSON.stringify(holder)).toBe('{"frozen":true}');
    expect(() => hideRequest(Object.freeze({ request: {} }))).not.toThrow();
  });
});
