import { createCredentialManager, staticSource } from '@keyturn/core';
import { controlledSource } from '@keyturn/testkit';
import { errors, interceptors } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { send, setStage } from '../../test/stage.js';
import { CredentialDispatcher, type CredentialDispatcherOptions } from '../index.js';

const origins = ['https://api.example'];

function manager() {
  const made = createCredentialManager({ source: staticSource({ token: 'token' }) });
  onTestFinished(() => made.close());
  return made;
}

describe('options', () => {
  it.each<[string, CredentialDispatcherOptions, RegExp]>([
    ['an unknown one', { origins, agnet: {} } as CredentialDispatcherOptions, /"agnet"/],
    ['a connect function', { origins, agent: { connect: () => {} } }, /"connect".*"makeInner"/],
    ['a makeInner that is none', { origins, makeInner: {} as never }, /"makeInner"/],
    [
      'both ways to connect',
      { origins, agent: {}, makeInner: () => undefined as never },
      /one of them/,
    ],
    ['a negative time', { origins, drainTimeoutMs: -1 }, /"drainTimeoutMs"/],
  ])('refuse %s, and say which', (_, options, message) => {
    expect(() => new CredentialDispatcher(manager(), options)).toThrow(message);
    expect(() => new CredentialDispatcher(manager(), options)).toThrow(TypeError);
  });

  it('require origins', () => {
    expect(() => new CredentialDispatcher(manager(), {})).toThrow(
      expect.objectContaining({ code: 'ERR_ORIGIN_UNKNOWN' }),
    );
  });
});

describe('dispatch()', () => {
  it('refuses a handler that could not be told of a failure', () => {
    const dispatcher = new CredentialDispatcher(manager(), { origins });
    expect(() => dispatcher.dispatch({ origin: origins[0] }, {})).toThrow(/onError/);
  });

  it('tells the handler what undici has against a request', async () => {
    const { server, dispatcher } = await setStage();
    await expect(
      send(dispatcher, server.url, { method: 'not valid' as never }),
    ).rejects.toMatchObject({ code: 'UND_ERR_INVALID_ARG' });
  });

  it('tells the handler when no connection can be made with a certificate', async () => {
    const { server, manager: broken, dispatcher } = await setStage();
    const credential = await broken.current();
    const clientCertificate = { certificate: 'no PEM', privateKey: 'no PEM' };
    vi.spyOn(broken, 'peek').mockReturnValue({ ...credential, clientCertificate });
    await expect(send(dispatcher, server.url)).rejects.toThrow(/PEM/i);
  });
});

describe('ready()', () => {
  it('resolves once a credential is held', async () => {
    const { manager: fresh, dispatcher } = await setStage();
    await dispatcher.ready();
    expect(fresh.peek()).toBeDefined();
  });
});

describe('compose()', () => {
  it('leaves every method in place', async () => {
    const { server, dispatcher } = await setStage();
    const composed = dispatcher.compose(interceptors.retry()) as CredentialDispatcher;
    await composed.ready();
    expect((await send(composed, server.url)).status).toBe(200);
    composed.unbind();
    await composed.close();
    await composed.destroy();
    expect([composed.closed, dispatcher.destroyed]).toEqual([true, true]);
  });

  it('gives a retry of an interceptor the current token', async () => {
    const {
      server,
      manager: rotating,
      dispatcher,
    } = await setStage({
      server: {
        respond: async (_request, response, { token }) => {
          if (token === 'token-1') await rotating.refresh();
          response.writeHead(token === 'token-1' ? 503 : 200).end();
        },
      },
    });
    const retried = dispatcher.compose(interceptors.retry({ minTimeout: 1 }));
    expect((await send(retried, server.url)).status).toBe(200);
    expect(server.requests.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
  });
});

describe('the limits of a WebSocket', () => {
  it('are those of the agent', () => {
    const agent = { webSocket: { maxPayloadSize: 7 } };
    const { webSocketOptions } = new CredentialDispatcher(manager(), { origins, agent });
    expect(webSocketOptions).toMatchObject({ maxPayloadSize: 7 });
  });
});

describe('close()', () => {
  it('lets waiting requests finish, takes no new ones, and may be called twice', async () => {
    const source = controlledSource();
    const { server, dispatcher } = await setStage({ source });
    const waiting = send(dispatcher, server.url);
    const load = await source.nextLoad();
    const closed = [dispatcher.close(), dispatcher.close()];
    await expect(send(dispatcher, server.url)).rejects.toBeInstanceOf(errors.ClientClosedError);
    expect([dispatcher.closed, dispatcher.destroyed]).toEqual([true, false]);
    load.succeed({ token: 'token' });
    expect((await waiting).status).toBe(200);
    await Promise.all(closed);
    await expect.poll(() => server.connections.open).toBe(0);
  });

  it('leaves a refusal to the caller from then on', async () => {
    let answer = (): void => {};
    const source = controlledSource();
    const { server, dispatcher } = await setStage({
      source,
      server: {
        respond: (_request, response) => {
          answer = () => response.writeHead(401).end();
        },
      },
    });
    const refused = send(dispatcher, server.url);
    (await source.nextLoad()).succeed({ token: 'bad' });
    await expect.poll(() => server.requests.length).toBe(1);
    const closed = dispatcher.close();
    answer();
    // The load that the refusal starts is never answered.
    expect((await refused).status).toBe(401);
    await closed;
  });

  it('waits for nobody who has given up the wait for a credential', async () => {
    const source = controlledSource();
    const { server, dispatcher } = await setStage({ source });
    const abort = new AbortController();
    const waiting = send(dispatcher, server.url, { signal: abort.signal });
    await source.nextLoad();
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await dispatcher.close();
    expect(server.requests).toEqual([]);
  });

  it('waits for nobody whose request has been replayed', async () => {
    const { server, dispatcher } = await setStage({
      server: { authorize: ({ token }) => token === 'token-2' },
    });
    expect((await send(dispatcher, server.url)).status).toBe(200);
    await dispatcher.close();
    await expect.poll(() => server.connections.open).toBe(0);
  });

  it('calls back, and fails once the dispatcher is destroyed', async () => {
    const { dispatcher } = await setStage();
    await new Promise<void>((resolve) => dispatcher.close(resolve));
    await new Promise<void>((resolve) => dispatcher.destroy(resolve));
    await new Promise<void>((resolve) => dispatcher.destroy(null, resolve));
    expect(dispatcher.destroyed).toBe(true);
    await expect(dispatcher.close()).rejects.toBeInstanceOf(errors.ClientDestroyedError);
  });
});

describe('destroy()', () => {
  it('fails requests that wait for a credential', async () => {
    const source = controlledSource();
    const { server, dispatcher } = await setStage({ source });
    const waiting = send(dispatcher, server.url);
    await source.nextLoad();
    const failed = expect(waiting).rejects.toBeInstanceOf(errors.ClientDestroyedError);
    await dispatcher.destroy();
    await failed;
  });
});

it('leaves the manager when it is unbound, closed or destroyed', async () => {
  const source = manager();
  const undone = vi.fn();
  vi.spyOn(source, 'on').mockReturnValue(undone);
  new CredentialDispatcher(source, { origins }).unbind();
  await new CredentialDispatcher(source, { origins }).close();
  await new CredentialDispatcher(source, { origins }).destroy();
  expect(undone).toHaveBeenCalledTimes(vi.mocked(source.on).mock.calls.length);
  expect(undone).toHaveBeenCalled();
});
