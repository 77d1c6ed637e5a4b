import { CredentialError } from '@keyturn/core';
import { controlledSource } from '@keyturn/testkit';
import { expect, it } from 'vitest';
import { hourMs, setStage, tokensOf } from './stage.js';
import type { Subject } from './subject.js';

export function waitingScenes<Client>(subject: Subject<Client>): void {
  it('lets no request wait while the credential is due', async () => {
    const source = controlledSource();
    const { clock, server, send } = await setStage(subject, { source });
    const first = send('/first');
    (await source.nextLoad()).succeed({ token: 'held', expiresAt: clock.now() + hourMs });
    await first;
    await clock.advance(hourMs - 60_000);
    expect((await send('/due')).status).toBe(200);
    expect((await send('/due')).status).toBe(200);
    expect(source.loads).toHaveLength(2);
    (await source.nextLoad()).fail(new Error('not now'));
    expect((await send('/still')).status).toBe(200);
    expect(tokensOf(server)).toEqual(['held', 'held', 'held', 'held']);
    expect(source.loads).toHaveLength(2);
  });

  it('lets a source failure through with its code, and the next request succeed', async () => {
    const { clock, server, source, send } = await setStage(subject);
    source.change = () => {
      throw new CredentialError('ERR_EXEC_EXIT', 'Executable "plugin" exited with code 1.');
    };
    await expect(send('/fails')).rejects.toMatchObject({
      name: 'CredentialError',
      code: 'ERR_EXEC_EXIT',
    });
    expect(server.requests).toEqual([]);
    source.change = () => ({});
    const next = send('/next');
    await clock.advance(1_000);
    expect((await next).status).toBe(200);
  });

  it('lets one caller abort while waiting, and another on the same load succeed', async () => {
    const source = controlledSource();
    const { server, send } = await setStage(subject, { source });
    const abort = new AbortController();
    const impatient = send('/impatient', { signal: abort.signal });
    const patient = send('/patient');
    const load = await source.nextLoad();
    abort.abort();
    // Nothing but the abort can settle it: the load has not been answered yet.
    await expect(impatient).rejects.toThrow(/cancell?ed|abort/i);
    load.succeed({ token: 'late' });
    expect((await patient).status).toBe(200);
    expect(server.requests.map(({ path }) => path)).toEqual(['/patient']);
    expect(source.loads).toHaveLength(1);
  });

  it('honours an abort while the next token is on its way', async () => {
    const source = controlledSource();
    const { send } = await setStage(subject, { source, server: { authorize: () => false } });
    const abort = new AbortController();
    const impatient = send('/impatient', { signal: abort.signal });
    (await source.nextLoad()).succeed({ token: 'refused' });
    await source.nextLoad();
    abort.abort();
    await expect(impatient).rejects.toThrow(/cancell?ed|abort/i);
  });

  it("respects the client's timeout while waiting", async () => {
    const source = controlledSource();
    const { send } = await setStage(subject, { source });
    await expect(send('/slow', { timeoutMs: 20 })).rejects.toThrow(/timeout.*20\s?ms/i);
    expect(source.loads).toHaveLength(1);
  });
}
