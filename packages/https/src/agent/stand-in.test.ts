import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { type Duplex, duplexPair, pipeline } from 'node:stream';
import { createCredentialManager } from '@keyturn/core';
import type { TestApiServerOptions } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { numberedSource, read, startServer } from '../../test/scene.js';
import { CredentialAgent, type CredentialAgentOptions } from './credential-agent.js';

type Create = CredentialAgent['createConnection'];

/**
 * As mocks of HTTP do it: takes the requests that are meant for another agent, reads each head where it is written, and lets it pass
 * over a connection of that agent.
 */
class StandIn extends https.Agent {
  readonly meant: CredentialAgent;
  readonly heads: string[] = [];

  constructor(meant: CredentialAgent) {
    super();
    this.meant = meant;
  }

  override createConnection(...[options, callback]: Parameters<Create>): Duplex {
    const connect = this.meant.createConnection.bind(this.meant, { ...options }, callback);
    const [given, behind] = duplexPair();
    behind.once('data', (head) => {
      this.heads.push(String(head));
      const socket = connect() as Duplex;
      socket.write(head);
      pipeline(behind, socket, behind, () => {});
    });
    return given;
  }
}

async function setStage(
  options: Partial<CredentialAgentOptions> = {},
  authorize: TestApiServerOptions['authorize'] = () => true,
) {
  const server = await startServer({ authorize });
  const source = numberedSource('both');
  const manager = createCredentialManager({ source });
  const agent = new CredentialAgent(manager, {
    origins: [server.url],
    tls: { ca: server.ca },
    ...options,
  });
  onTestFinished(async () => {
    agent.destroy();
    await manager.close();
    await server.close();
  });
  const send = (more: https.RequestOptions = {}, url = server.url): ClientRequest =>
    https.request(url, { agent: new StandIn(agent), ...more });
  const seen = () => server.requests.map(({ token, commonName }) => [token, commonName]);
  return { server, manager, agent, send, seen };
}

async function answerTo(request: ClientRequest): Promise<number | undefined> {
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage];
  return (await read(response)).status;
}

describe('a request that another agent serves in the place of ours', () => {
  it('carries the token, and the certificate over a connection of ours', async () => {
    const { agent, send, seen } = await setStage();
    await agent.ready();
    expect(await answerTo(send())).toBe(200);
    expect(seen()).toEqual([['token-1', 'client-1']]);
  });

  it('waits for the first credential, although its head is ready', async () => {
    const { send, seen } = await setStage();
    await Promise.all([answerTo(send()), answerTo(send({ method: 'POST' }))]);
    expect(seen()).toEqual(Array(2).fill(['token-1', 'client-1']));
  });

  it('shows the header where its head is read, and nowhere before', async () => {
    const { agent, send } = await setStage();
    await agent.ready();
    const standIn = new StandIn(agent);
    const request = send({ agent: standIn });
    expect(request.getHeader('authorization')).toBe('[redacted]');
    await answerTo(request);
    expect(standIn.heads).toEqual([
      expect.stringContaining('\r\nAuthorization: Bearer token-1\r\n'),
    ]);
  });

  it('keeps an Authorization of its own', async () => {
    const { agent, send, server } = await setStage();
    await agent.ready();
    await answerTo(send({ headers: { authorization: 'Basic mine' } }));
    expect(server.requests[0]?.headers.authorization).toBe('Basic mine');
  });

  it('carries nothing out of scope, wherever its Host header says that it goes', async () => {
    const { agent, send, server } = await setStage();
    const elsewhere = await startServer();
    onTestFinished(() => elsewhere.close());
    await agent.ready();
    const { host } = new URL(server.url);
    await answerTo(send({ headers: { host } }, elsewhere.url));
    expect(elsewhere.requests[0]).not.toHaveProperty('token');
    expect(elsewhere.requests[0]).not.toHaveProperty('commonName');
  });

  it('stays bare in a chain that began elsewhere', async () => {
    const { agent, send, server, seen } = await setStage();
    const elsewhere = await startServer({
      respond: (_, response) => response.writeHead(302, { location: server.url }).end(),
    });
    onTestFinished(() => elsewhere.close());
    await agent.ready();
    const [redirect] = await once(send({}, elsewhere.url).end(), 'response');
    const next = answerTo(send());
    redirect.resume();
    await next;
    expect(seen()).toEqual([[undefined, undefined]]);
  });

  it('presents the new certificate after a rotation, and resumes no session of the old one', async () => {
    const { agent, manager, send, seen } = await setStage();
    await agent.ready();
    await answerTo(send());
    await manager.refresh();
    await answerTo(send());
    expect(seen()).toEqual([
      ['token-1', 'client-1'],
      ['token-2', 'client-2'],
    ]);
  });

  it('reports its refusal, so that the next one carries a new token', async () => {
    const { send, seen } = await setStage({}, ({ token }) => token !== 'token-1');
    expect(await answerTo(send())).toBe(401);
    expect(await answerTo(send())).toBe(200);
    expect(seen().map(([token]) => token)).toEqual(['token-1', 'token-2']);
  });

  it('carries nothing after unbind()', async () => {
    const { agent, send, seen } = await setStage();
    await agent.ready();
    agent.unbind();
    await answerTo(send());
    expect(seen()).toEqual([[undefined, undefined]]);
  });

  it('fails with the failure of the source, and its connection is closed', async () => {
    const source = { name: 'failing', load: () => Promise.reject(new Error('no')) };
    const origins = ['https://api.example'];
    const agent = new CredentialAgent(createCredentialManager({ source }), { origins });
    const made = new Promise<Duplex>((resolve) => {
      const { createConnection } = StandIn.prototype;
      vi.spyOn(StandIn.prototype, 'createConnection').mockImplementation(function (
        this: StandIn,
        ...details
      ) {
        const socket = createConnection.apply(this, details);
        resolve(socket);
        return socket;
      });
    });
    const failed = https.request('https://api.example', { agent: new StandIn(agent) }).end();
    await expect(once(failed, 'response')).rejects.toMatchObject({ code: 'ERR_SOURCE_FAILED' });
    await expect.poll(async () => (await made).destroyed).toBe(true);
    agent.destroy();
  });
});

describe('a connection that another agent asks for', () => {
  it('presents the certificate also where the header is left to somebody else', async () => {
    const { agent, manager, send, seen } = await setStage({ header: false });
    await agent.ready();
    await answerTo(send());
    await manager.refresh();
    await answerTo(send());
    expect(seen()).toEqual([
      [undefined, 'client-1'],
      [undefined, 'client-2'],
    ]);
  });
});

describe("Node's requests", () => {
  const { onSocket } = http.ClientRequest.prototype as { onSocket?: unknown };
  const areWatched = () => Reflect.get(http.ClientRequest.prototype, 'onSocket') !== onSocket;

  it('are not watched when Node asks for connections', async () => {
    const watched: boolean[] = [];
    class Probe extends CredentialAgent {
      override createConnection(...details: Parameters<Create>) {
        watched.push(areWatched());
        return super.createConnection(...details);
      }
    }
    const { manager, server } = await setStage();
    const options = { origins: [server.url], tls: { ca: server.ca }, agent: { maxSockets: 1 } };
    const agent = new Probe(manager, options);
    // The next one in the queue gets a connection of its own.
    const headers = { connection: 'close' };
    const get = () => answerTo(https.request(server.url, { agent, headers }));
    await Promise.all([get(), get(), get()]);
    expect(watched).toEqual([false, false, false]);
    agent.destroy();
  });

  it('are watched until the end of the turn when somebody else asks', async () => {
    const { agent } = await setStage();
    expect(typeof agent.createConnection).toBe('function');
    expect(areWatched()).toBe(true);
    await Promise.resolve();
    expect(areWatched()).toBe(false);
  });

  it('get nothing that is meant for another one', async () => {
    const { agent, server, seen } = await setStage();
    await agent.ready();
    expect(typeof agent.createConnection).toBe('function');
    const plain = new https.Agent({ ca: server.ca });
    await answerTo(https.request(server.url, { agent: plain }));
    plain.destroy();
    expect(seen()).toEqual([[undefined, undefined]]);
  });
});
