import { controlledSource } from '@keyturn/testkit';
import { expect, it } from 'vitest';
import { acceptOnly, hourMs, setStage, tokensOf } from './stage.js';
import type { Subject } from './subject.js';

export function refusalScenes<Client>(subject: Subject<Client>): void {
  it('replays a refused request once, with the next token', async () => {
    const { server, source, send } = await setStage(subject, {
      server: { authorize: acceptOnly('token-2') },
    });
    expect((await send('/replayed')).status).toBe(200);
    expect(tokensOf(server)).toEqual(['token-1', 'token-2']);
    expect(source.runs).toBe(2);
  });

  it('gives up after one replay', async () => {
    const { server, send } = await setStage(subject, { server: { authorize: () => false } });
    expect((await send('/refused')).status).toBe(401);
    expect(tokensOf(server)).toEqual(['token-1', 'token-2']);
  });

  it('gives up at once when refusals are too frequent', async () => {
    const { server, source, send } = await setStage(subject, {
      server: { authorize: () => false },
      refusalLimit: { threshold: 1, intervalMs: hourMs },
    });
    await send('/first');
    expect((await send('/second')).status).toBe(401);
    expect(tokensOf(server)).toEqual(['token-1', 'token-2', 'token-2']);
    expect(source.runs).toBe(2);
  });

  it('passes a refusal on with "replay: false", and the next request carries a new token', async () => {
    const { server, send } = await setStage(subject, {
      server: { authorize: acceptOnly('token-2') },
      bind: { replay: false },
    });
    expect((await send('/refused')).status).toBe(401);
    expect((await send('/next')).status).toBe(200);
    expect(tokensOf(server)).toEqual(['token-1', 'token-2']);
  });

  it('starts nothing for the late refusal of an older token', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { source, manager, send } = await setStage(subject, {
      server: {
        respond: async (request, response, { token }) => {
          if (request.url === '/late' && token === 'token-1') await held;
          response.writeHead(token === 'token-1' ? 401 : 200).end();
        },
      },
    });
    const late = send('/late');
    await send('/prompt');
    expect(source.runs).toBe(2);
    release();
    expect((await late).status).toBe(200);
    expect([source.runs, manager.stats().generation]).toEqual([2, 2]);
  });

  it('hands the refused answer to the source', async () => {
    const source = controlledSource();
    const { send } = await setStage(subject, { source, server: { authorize: acceptOnly('good') } });
    const answer = send('/described');
    (await source.nextLoad()).succeed({ token: 'bad' });
    const load = await source.nextLoad();
    expect(load.context).toMatchObject({
      reason: 'rejected',
      response: { status: 401, headers: { 'www-authenticate': ['Bearer'] } },
    });
    load.succeed({ token: 'good' });
    expect((await answer).status).toBe(200);
  });
}
