import { expect, it } from 'vitest';
import { certificateFor, setStage, tokensOf } from './stage.js';
import type { Subject } from './subject.js';

export function tokenScenes<Client>(subject: Subject<Client>): void {
  it('sends the current token', async () => {
    const { server, manager, send } = await setStage(subject);
    await send('/first');
    await manager.refresh();
    expect((await send('/second')).status).toBe(200);
    expect(tokensOf(server)).toEqual(['token-1', 'token-2']);
  });

  it.each(['Authorization', 'authorization', 'AUTHORIZATION'])(
    'leaves the %s header of a caller alone, and runs and replays nothing for it',
    async (name) => {
      const { server, source, send } = await setStage(subject, {
        server: { authorize: () => false },
      });
      const { status } = await send('/own', { headers: { [name]: 'Bearer mine' } });
      expect(status).toBe(401);
      expect(tokensOf(server)).toEqual(['mine']);
      expect(source.runs).toBe(0);
    },
  );

  it('goes on without credentials after unbind()', async () => {
    const { server, source, binding, send } = await setStage(subject);
    source.change = certificateFor;
    await send('/bound');
    binding.unbind();
    // Whom to trust is a setting of the client, not a credential: the certificate of the server stays accepted.
    expect((await send('/unbound')).status).toBe(200);
    expect(server.requests).toMatchObject([{ token: 'token-1', commonName: 'client-1' }, {}]);
    expect(server.requests[1]).not.toHaveProperty('token');
    expect(server.requests[1]).not.toHaveProperty('commonName');
  });

  it('never mixes two managers on two clients', async () => {
    const one = await setStage(subject);
    const other = await setStage(subject);
    other.source.change = () => ({ token: 'of-the-other' });
    await Promise.all([one.send('/one'), other.send('/other')]);
    expect([tokensOf(one.server), tokensOf(other.server)]).toEqual([['token-1'], ['of-the-other']]);
  });

  it('speaks plain http to loopback', async () => {
    const { server, send } = await setStage(subject, { server: { plainHttp: true } });
    expect((await send('/plain')).status).toBe(200);
    expect(tokensOf(server)).toEqual(['token-1']);
  });
}
