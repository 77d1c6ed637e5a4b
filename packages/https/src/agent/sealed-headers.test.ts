import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { createCredentialManager } from '@keyturn/core';
import type { RecordedRequest } from '@keyturn/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { authority, read, startServer } from '../../test/scene.js';
import { bindHttps } from '../client/bind-https.js';
import { CredentialAgent } from './credential-agent.js';
import { sealingAgent } from './sealing-agent.js';

const secret = 'Very-Secret-Token';
const apiKey = `${secret}-Not`;

const entirely = { depth: 50, showHidden: true, maxArrayLength: null, maxStringLength: null };
const rawly = { ...entirely, customInspect: false };

/** Everything that console.log could ever show, and more. */
function print(...values: readonly unknown[]): string {
  return values.flatMap((value) => [inspect(value, entirely), inspect(value, rawly)]).join();
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
  const headers = { 'X-API-Key': apiKey };
  const source = {
    name: 'secret',
    load: async () => ({ token: secret, headers, clientCertificate }),
  };
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

  it('but method, path and header names do, as without us', async () => {
    const agent = new CredentialAgent(await secretManager(), { origins: ['https://api.example'] });
    await agent.ready();
    const request = https.request('https://api.example/a', { agent }).on('error', () => {});
    expect(Object.keys(request)).toEqual(
      Object.keys(
        https
          .request('https://api.example')
          .on('error', () => {})
          .destroy(),
      ),
    );
    expect(request).toMatchObject({ method: 'GET', path: '/a', host: 'api.example' });
    expect(request.getHeader('authorization')).toBe('[redacted]');
    request.destroy();
    agent.destroy();
  });
});

describe('the wire has the whole header', () => {
  /** Resolves with what the server read. */
  async function sent(write: (request: http.ClientRequest) => void, headers?: object | string[]) {
    await using server = await startServer();
    const agent = new CredentialAgent(await secretManager(), {
      origins: [server.url],
      tls: { ca: server.ca },
    });
    const request = https.request(server.url, {
      agent,
      method: 'POST',
      ...(headers && { headers: headers as never }),
    });
    write(request);
    await read((await once(request, 'response'))[0]);
    agent.destroy();
    const [{ headers: got, body }] = server.requests as unknown as [RecordedRequest];
    expect(got['x-api-key']).toBe(apiKey);
    return { authorization: got['authorization'], body: String(body) };
  }

  const header = `Bearer ${secret}`;

  it('before a body in one piece, in several, or none', async () => {
    expect(await sent((request) => request.end())).toMatchObject({ authorization: header });
    expect(await sent((request) => request.end('body'))).toEqual({
      authorization: header,
      body: 'body',
    });
    const pieces = await sent((request) => {
      request.write('a');
      request.write(Buffer.from('b'));
      request.end('c');
    });
    expect(pieces).toEqual({ authorization: header, body: 'abc' });
  });

  it('where the headers are a list, or were flushed', async () => {
    expect(
      await sent((request) => request.end('x'), ['host', 'localhost', 'content-length', '1']),
    ).toMatchObject({ authorization: header });
    const flushed = await sent((request) => {
      request.flushHeaders();
      request.end('x');
    });
    expect(flushed).toEqual({ authorization: header, body: 'x' });
  });

  it('and no body gets it, whatever it says', async () => {
    const body = '\r\nAuthorization: [redacted]\r\n';
    expect(await sent((request) => request.end(body))).toEqual({ authorization: header, body });
    const own = await sent((request) => {
      request.removeHeader('authorization');
      request.end(body);
    });
    expect(own.body).toBe(body);
  });
});

describe('sealingAgent', () => {
  it('keeps the header of plain http out of sight, and sends it over the connections of its agent', async () => {
    await using server = await startServer({ plainHttp: true });
    const agent = new http.Agent({ keepAlive: true });
    const request = http.get(server.url, {
      agent: sealingAgent(agent) as http.Agent,
      headers: { authorization: `Bearer ${secret}` },
    });
    expectNoSecret(request);
    const [response] = await once(request, 'response');
    await read(response);
    expectNoSecret(request, response, agent);
    expect(server.requests[0]?.headers['authorization']).toBe(`Bearer ${secret}`);
    expect((request as unknown as { readonly agent: unknown }).agent).toBe(agent);
    agent.destroy();
  });

  it('leaves the header to a socket that is not written to as those of Node are', async () => {
    const written: string[] = [];
    const socket = Object.assign(new net.Socket(), {
      write: (data: string) => written.push(data) > 0,
    });
    const agent = Object.assign(new http.Agent(), { createConnection: () => socket });
    const request = http.get('http://mock.example', {
      agent: sealingAgent(agent) as http.Agent,
      headers: { authorization: `Bearer ${secret}` },
    });
    request.on('error', () => {});
    await once(request, 'socket');
    await turn();
    expect(written.join('')).toContain(`Bearer ${secret}`);
    request.destroy();
  });
});
