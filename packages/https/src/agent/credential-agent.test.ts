import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { inspect } from 'node:util';
import {
  CredentialError,
  type CredentialManager,
  createCredentialManager,
  staticSource,
} from '@keyturn/core';
import { controlledSource, manualClock } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import { authority, numberedManager, numberedSource, read, startServer } from '../../test/scene.js';
import { CredentialAgent, type CredentialAgentOptions } from './credential-agent.js';

async function answerTo(request: ClientRequest): Promise<Awaited<ReturnType<typeof read>>> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return read(response);
}

async function scene(
  options: Partial<CredentialAgentOptions> = {},
  ownManager: CredentialManager | undefined = undefined,
) {
  const server = await startServer();
  const source = numberedSource('both');
  const manager = ownManager ?? createCredentialManager({ source });
  const agent = new CredentialAgent(manager, {
    origins: [server.url],
    tls: { ca: server.ca },
    ...options,
  });
  const send = (path: string, more: RequestOptions = {}): ClientRequest =>
    https.request(`${server.url}${path}`, { agent, ...more });
  return {
    server,
    source,
    manager,
    agent,
    send,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await server.close();
    },
  };
}

describe('a plain https.get with the agent', () => {
  it('waits for the first credential and carries token and certificate', async () => {
    await using at = await scene();
    expect((await answerTo(at.send('/').end())).status).toBe(200);
    expect(at.server.requests[0]).toMatchObject({ token: 'token-1', commonName: 'client-1' });
  });

  it('carries both at once after ready()', async () => {
    await using at = await scene();
    await at.agent.ready();
    const request = at.send('/');
    expect(request.getHeader('authorization')).toBe('[redacted]');
    await answerTo(request.end());
    expect(at.server.requests[0]).toMatchObject({ token: 'token-1', commonName: 'client-1' });
  });

  it('shares one load between 1,000 concurrent first requests', async () => {
    await using at = await scene({ agent: { maxSockets: 16 } });
    const requests = Array.from({ length: 1_000 }, () => answerTo(at.send('/').end()));
    const statuses = new Set((await Promise.all(requests)).map(({ status }) => status));
    expect([...statuses]).toEqual([200]);
    expect(at.source.loads).toBe(1);
  });

  it('uses one connection for requests that follow each other', async () => {
    await using at = await scene();
    for (let count = 0; count < 5; count += 1) await answerTo(at.send('/').end());
    expect(at.agent.connections).toEqual({ opened: 1, drained: 0 });
    expect(at.server.connections.opened).toBe(1);
  });

  it('lets a source failure through with its code, without a connection', async () => {
    await using server = await startServer();
    const error = new CredentialError('ERR_EXEC_EXIT', 'Executable "x" exited with code 1.');
    const source = { name: 'failing', load: () => Promise.reject(error) };
    const agent = new CredentialAgent(createCredentialManager({ source }), {
      origins: [server.url],
    });
    const [received] = await once(https.get(server.url, { agent }), 'error').catch((e) => [e]);
    expect(received).toBe(error);
    expect(agent.connections.opened).toBe(0);
  });

  it('takes the ca of a single request', async () => {
    await using server = await startServer();
    const { manager } = numberedManager('both');
    const agent = new CredentialAgent(manager, { origins: [server.url] });
    const { status } = await answerTo(https.get(server.url, { agent, ca: server.ca }));
    expect(status).toBe(200);
    await expect(answerTo(https.get(server.url, { agent }))).rejects.toThrow(/certificate/);
    agent.destroy();
  });

  it('reports TLS settings that cannot be used on the request, instead of throwing', async () => {
    await using at = await scene();
    const agent = new CredentialAgent(at.manager, {
      origins: [at.server.url],
      tls: { ca: '-----BEGIN CERTIFICATE-----\nbad\n-----END CERTIFICATE-----' },
    });
    for (const headers of [{ authorization: 'Bearer mine' }, {}]) {
      const request = https.get(at.server.url, { agent, headers });
      const error: unknown = await answerTo(request).catch((reason) => reason);
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: Infinity })).not.toContain('BEGIN');
    }
  });
});

describe('a request that is ended before the credential is there', () => {
  const bodies: Record<string, (request: ClientRequest) => void> = {
    'end(string)': (request) => request.end('hello'),
    'end(bytes)': (request) => request.end(Buffer.from('hello')),
    'two writes': (request) => {
      request.write('he');
      request.write('llo');
      request.end();
    },
    'bytes, then a string': (request) => {
      request.write(Buffer.from('he'));
      request.end('llo');
    },
    'a late write': (request) => {
      request.write('he');
      setImmediate(() => request.end('llo'));
    },
    'flushed headers': (request) => {
      request.flushHeaders();
      setImmediate(() => request.end('hello'));
    },
  };
  it.each(Object.keys(bodies))('arrives whole, with one header: %s', async (name) => {
    await using at = await scene();
    const request = at.send('/', { method: 'POST' });
    bodies[name]?.(request);
    await answerTo(request);
    expect(String(at.server.requests[0]?.body)).toBe('hello');
    expect(at.server.requests[0]?.token).toBe('token-1');
  });

  it('arrives whole with Expect: 100-continue', async () => {
    await using at = await scene();
    const headers = { expect: '100-continue' };
    const request = at.send('/', { method: 'POST', headers });
    request.once('continue', () => request.end('hello'));
    await answerTo(request);
    expect(String(at.server.requests[0]?.body)).toBe('hello');
    expect(at.server.requests[0]?.token).toBe('token-1');
  });

  it.each(['cold', 'warm'])(
    'carries the token beside headers given as an array: %s',
    async (state) => {
      await using at = await scene();
      if (state === 'warm') await at.agent.ready();
      const host = new URL(at.server.url).host;
      const headers = ['Host', host, 'X-Own', 'yes'] as unknown as RequestOptions['headers'];
      await answerTo(at.send('/', { headers }).end());
      expect(at.server.requests[0]?.headers).toMatchObject({ 'x-own': 'yes' });
      expect(at.server.requests[0]?.token).toBe('token-1');
    },
  );
});

describe('an Authorization of the caller', () => {
  it.each([
    { headers: { Authorization: 'Bearer mine' } },
    { headers: { authorization: 'Bearer mine' } },
    { headers: { AUTHORIZATION: 'Bearer mine' } },
    { headers: ['Host', 'localhost', 'aUTHORIZATION', 'Bearer mine'] as never },
  ])('is left alone and starts no load: %j', async (more: RequestOptions) => {
    await using at = await scene();
    await answerTo(at.send('/', more).end());
    expect(at.server.requests[0]?.token).toBe('mine');
    expect(at.source.loads).toBe(0);
  });

  it('is left alone when it comes from the auth option', async () => {
    await using at = await scene();
    await answerTo(at.send('/', { auth: 'me:secret' }).end());
    expect(at.server.requests[0]?.headers.authorization).toMatch(/^Basic /);
    expect(at.source.loads).toBe(0);
  });

  it('wins when it is set while the request waits', async () => {
    await using at = await scene();
    const request = at.send('/');
    request.setHeader('Authorization', 'Bearer mine');
    await answerTo(request.end());
    expect(at.server.requests[0]?.headers.authorization).toBe('Bearer mine');
  });

  it('goes out under the client certificate once the source is known to give one', async () => {
    await using at = await scene();
    await at.agent.ready();
    await answerTo(at.send('/', { headers: { authorization: 'Bearer mine' } }).end());
    expect(at.server.requests[0]).toMatchObject({ token: 'mine', commonName: 'client-1' });
  });

  it.each([true, false])(
    'waits for a certificate that has expired, unless a binding has set it: header %s',
    async (header) => {
      const clock = manualClock(Date.now());
      const source = numberedSource('both', () => clock.now() + 60_000);
      await using at = await scene({ header }, createCredentialManager({ source, clock }));
      await at.agent.ready();
      await clock.advance(61_000);
      await answerTo(at.send('/', { headers: { authorization: 'Bearer mine' } }).end());
      const commonName = header ? 'client-2' : 'client-1';
      expect(at.server.requests[0]).toMatchObject({ token: 'mine', commonName });
      expect(source.loads).toBe(header ? 2 : 1);
    },
  );

  it('shares its connections with other requests where there is no certificate', async () => {
    await using server = await startServer();
    const { manager } = numberedManager('token');
    const agent = new CredentialAgent(manager, { origins: [server.url], tls: { ca: server.ca } });
    await answerTo(https.get(server.url, { agent }));
    await answerTo(https.get(server.url, { agent, headers: { authorization: 'Bearer mine' } }));
    expect(server.connections.opened).toBe(1);
    agent.destroy();
  });
});

describe('with header: false', () => {
  it('presents the certificate and leaves the header to others', async () => {
    await using at = await scene({ header: false });
    await answerTo(at.send('/').end());
    expect(at.server.requests[0]).toMatchObject({ commonName: 'client-1' });
    expect(at.server.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe('scope', () => {
  it('carries neither token nor certificate to another origin', async () => {
    await using at = await scene();
    await using foreign = await startServer();
    await at.agent.ready();
    await answerTo(https.get(foreign.url, { agent: at.agent }));
    expect(foreign.requests[0]?.commonName).toBeUndefined();
    expect(foreign.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('asks no source for a request to another origin', async () => {
    await using at = await scene();
    await using foreign = await startServer();
    await answerTo(https.get(foreign.url, { agent: at.agent }));
    expect(at.source.loads).toBe(0);
  });

  it('asks for the given server name at its own origins only', async () => {
    await using at = await scene();
    await using foreign = await startServer();
    const agent = new CredentialAgent(at.manager, {
      origins: [at.server.url.replace('localhost', '127.0.0.1')],
      tls: { ca: at.server.ca, servername: 'localhost' },
    });
    const { port } = new URL(at.server.url);
    const get = https.get({ host: '127.0.0.1', port, agent });
    const [socket] = (await once(get, 'socket')) as [{ readonly servername?: string }];
    await answerTo(get);
    expect(socket.servername).toBe('localhost');
    const other = https.get({ host: '127.0.0.1', port: new URL(foreign.url).port, agent });
    const [otherSocket] = (await once(other, 'socket')) as [{ readonly servername?: string }];
    await answerTo(other);
    expect(otherSocket.servername).not.toBe('localhost');
    agent.destroy();
  });
});

describe('a refusal', () => {
  it('is passed on, and the next request carries the next token', async () => {
    await using server = await startServer({ authorize: ({ token }) => token !== 'token-1' });
    const { manager } = numberedManager('token');
    const agent = new CredentialAgent(manager, { origins: [server.url], tls: { ca: server.ca } });
    expect((await answerTo(https.get(server.url, { agent }))).status).toBe(401);
    expect((await answerTo(https.get(server.url, { agent }))).status).toBe(200);
    agent.destroy();
  });

  it('shows the source what the server said', async () => {
    await using server = await startServer({ authorize: () => false });
    const source = controlledSource();
    const agent = new CredentialAgent(createCredentialManager({ source }), {
      origins: [server.url],
      tls: { ca: server.ca },
    });
    const request = https.get(server.url, { agent });
    (await source.nextLoad()).succeed({ token: 'one' });
    await answerTo(request);
    const { context } = await source.nextLoad();
    expect(context.reason).toBe('rejected');
    expect(context.response?.status).toBe(401);
    expect(context.response?.headers['www-authenticate']).toEqual(['Bearer']);
    agent.destroy();
  });

  it('lets Node drop an answer that nobody listens for', async () => {
    await using at = await scene();
    for (let count = 0; count < 3; count += 1) {
      await once(https.request(at.server.url, { agent: at.agent }).end(), 'close');
    }
    expect(at.server.connections.opened).toBe(1);
  });

  it('by a TLS alert about the certificate counts as one', async () => {
    await using server = await startServer({ clientCertificate: 'require', minVersion: 'TLSv1.3' });
    const clientCertificate = await (await authority()).issueClientCertificate();
    const materials = [{ token: 'only' }, { token: 'only', clientCertificate }];
    const source = { name: 'late', load: async () => materials.shift() ?? {} };
    const manager = createCredentialManager({ source });
    const agent = new CredentialAgent(manager, { origins: [server.url], tls: { ca: server.ca } });
    await expect(answerTo(https.get(server.url, { agent }))).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    });
    expect((await answerTo(https.get(server.url, { agent }))).status).toBe(200);
    agent.destroy();
  });
});

describe('unbind()', () => {
  it('stops presenting anything and closes idle connections', async () => {
    await using at = await scene();
    await answerTo(at.send('/').end());
    at.agent.unbind();
    await answerTo(at.send('/').end());
    expect(at.server.requests[1]?.headers.authorization).toBeUndefined();
    expect(at.server.requests[1]?.commonName).toBeUndefined();
    expect(at.agent.connections).toEqual({ opened: 2, drained: 1 });
  });

  it('lets a busy connection end with its request, and closes it then', async () => {
    await using at = await scene();
    await at.agent.ready();
    const request = at.send('/').end();
    const [socket] = (await once(request, 'socket')) as [Socket];
    const closed = once(socket, 'close');
    at.agent.unbind();
    expect((await answerTo(request)).status).toBe(200);
    await closed;
    expect(at.server.requests[0]?.token).toBe('token-1');
  });

  it('sends the requests that wait, without a credential', async () => {
    await using server = await startServer();
    const source = controlledSource();
    const agent = new CredentialAgent(createCredentialManager({ source }), {
      origins: [server.url],
      tls: { ca: server.ca },
    });
    const request = https.get(server.url, { agent });
    await source.nextLoad();
    agent.unbind();
    expect((await answerTo(request)).status).toBe(200);
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
    agent.destroy();
  });
});

describe('options', () => {
  const manager = createCredentialManager({ source: staticSource({ token: 'x' }) });
  const origins = ['https://api.example'];

  it('names the wrong one', () => {
    const options = { origins, headers: true };
    expect(() => new CredentialAgent(manager, options)).toThrow(/no option "headers"/);
    expect(() => new CredentialAgent(manager, { origins, drainTimeoutMs: -1 })).toThrow(
      /drainTimeoutMs/,
    );
    expect(() => new CredentialAgent(manager, { origins, replay: 1 as never })).toThrow(/"replay"/);
    expect(() => new CredentialAgent(manager, { origins, header: 'no' as never })).toThrow(
      /"header"/,
    );
  });

  it('needs an origin', () => {
    expect(() => new CredentialAgent(manager, {})).toThrow(
      expect.objectContaining({ code: 'ERR_ORIGIN_UNKNOWN' }),
    );
  });
});
