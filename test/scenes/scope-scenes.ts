import type { TestApiServerOptions } from '@keyturn/testkit';
import { expect, it } from 'vitest';
import { certificateFor, setStage, startServer, tokensOf } from './stage.js';
import type { Subject } from './subject.js';

export function scopeScenes<Client>(subject: Subject<Client>): void {
  it('says which option is missing when it knows no origin', async () => {
    const client = subject.make({});
    const { manager } = await setStage(subject);
    expect(() => subject.bind(client, manager, {})).toThrow(
      expect.objectContaining({ code: 'ERR_ORIGIN_UNKNOWN' }),
    );
  });

  it('refuses an unknown option by its name', async () => {
    const { manager } = await setStage(subject);
    const client = subject.make({ baseUrl: 'https://api.example' });
    const wrong = { orgins: ['https://api.example'] } as object;
    expect(() => subject.bind(client, manager, wrong)).toThrow(/"orgins"/);
    expect(() => subject.bind({} as Client, manager, {})).toThrow(TypeError);
  });

  it('asks nothing for a request to another origin', async () => {
    const { binding, source } = await setStage(subject);
    const elsewhere = await startServer();
    const { status } = await subject.send(binding.client, { url: `${elsewhere.url}/elsewhere` });
    expect(status).toBe(200);
    expect(elsewhere.requests).toMatchObject([{ path: '/elsewhere' }]);
    expect(tokensOf(elsewhere)).toEqual([undefined]);
    expect(source.runs).toBe(0);
  });

  it('carries neither token nor certificate along a redirect to another origin', async () => {
    const elsewhere = await startServer({ authorize: () => false });
    const { server, source, manager, send } = await setStage(subject, {
      server: redirectTo(() => `${elsewhere.url}/landed`),
    });
    source.change = certificateFor;
    expect((await send('/leaving')).status).toBe(401);
    expect(server.requests).toMatchObject([{ token: 'token-1', commonName: 'client-1' }]);
    expect(elsewhere.requests).toMatchObject([{ path: '/landed' }]);
    expect(elsewhere.requests[0]).not.toHaveProperty('token');
    expect(elsewhere.requests[0]).not.toHaveProperty('commonName');
    // The refusal comes from where the credential never went.
    expect([source.runs, manager.stats().refusals]).toEqual([1, 0]);
  });

  it('carries no token along a redirect to plain http', async () => {
    const plain = await startServer({ plainHttp: true });
    const { send } = await setStage(subject, { server: redirectTo(() => `${plain.url}/landed`) });
    expect((await send('/leaving')).status).toBe(200);
    expect(tokensOf(plain)).toEqual([undefined]);
  });

  it('carries the token along a redirect that stays in scope', async () => {
    const second = await startServer();
    const first = await startServer(redirectTo(() => `${second.url}/landed`));
    const { binding } = await setStage(subject, {
      bind: { origins: [first.url, second.url], tls: { ca: first.ca } },
    });
    const { status } = await subject.send(binding.client, { url: `${first.url}/leaving` });
    expect(status).toBe(200);
    expect([tokensOf(first), tokensOf(second)]).toEqual([['token-1'], ['token-1']]);
  });
}

function redirectTo(location: () => string): TestApiServerOptions {
  return {
    respond: (request, response) => {
      if (request.url === '/leaving') response.writeHead(302, { location: location() }).end();
      else response.end('{}');
    },
  };
}
