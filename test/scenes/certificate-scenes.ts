import { expect, it } from 'vitest';
import { certificateFor, setStage, tokensOf } from './stage.js';
import type { SceneBody, Subject } from './subject.js';

export function certificateScenes<Client>(subject: Subject<Client>): void {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'presents the new certificate after a rotation, where %s sessions could be resumed',
    async (version) => {
      const { server, source, manager, send } = await setStage(subject, {
        server: { minVersion: version, maxVersion: version, clientCertificate: 'require' },
      });
      source.change = certificateFor;
      await send('/first');
      await manager.refresh();
      await send('/second');
      expect(server.requests.map(({ commonName }) => commonName)).toEqual(['client-1', 'client-2']);
    },
  );

  it('finishes requests in flight on the old certificate, then drains their connection', async () => {
    let answer = (): void => {};
    const { server, source, manager, send } = await setStage(subject, {
      server: {
        respond: (request, response) => {
          if (request.url === '/slow') answer = () => response.end('{}');
          else response.end('{}');
        },
      },
    });
    source.change = certificateFor;
    const slow = send('/slow');
    await expect.poll(() => server.requests.length).toBe(1);
    await manager.refresh();
    await send('/meanwhile');
    answer();
    expect((await slow).status).toBe(200);
    expect(server.requests.map(({ commonName }) => commonName)).toEqual(['client-1', 'client-2']);
    await expect.poll(() => server.connections.open).toBe(1);
  });

  it('serves a request that is queued behind a drained connection', async () => {
    const { server, source, manager, send } = await setStage(subject, {
      client: { maxSockets: 1 },
    });
    source.change = certificateFor;
    await send('/first');
    const queued = Promise.all([send('/a'), send('/b'), send('/c')]);
    await manager.refresh();
    expect((await queued).map(({ status }) => status)).toEqual([200, 200, 200]);
    await send('/last');
    expect(server.requests.at(-1)).toMatchObject({ token: 'token-2', commonName: 'client-2' });
  });

  it('opens no connection when only the token rotates', async () => {
    const { server, source, manager, send } = await setStage(subject);
    const certificate = await certificateFor(1);
    source.change = () => certificate;
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await send('/same');
      await manager.refresh();
    }
    expect(tokensOf(server)).toEqual(['token-1', 'token-2', 'token-3']);
    expect(server.connections.opened).toBe(1);
  });

  it('respects maxSockets while many wait for the first credential', async () => {
    const { server, sendMany } = await setStage(subject, { client: { maxSockets: 2 } });
    expect(await sendMany(20)).toEqual({ 200: 20 });
    expect(server.connections.opened).toBeLessThanOrEqual(2);
  });

  it('takes the TLS alert that refuses a certificate for a refusal, once', async () => {
    const { server, source, send } = await setStage(subject, {
      server: { clientCertificate: 'require', maxVersion: 'TLSv1.3', minVersion: 'TLSv1.3' },
    });
    source.change = (run) => (run === 1 ? {} : certificateFor(run));
    const body: SceneBody = { kind: 'json', value: { some: 'json' } };
    expect((await send('/alerted', { body })).status).toBe(200);
    expect(server.requests).toMatchObject([{ token: 'token-2', commonName: 'client-2' }]);
    expect(source.runs).toBe(2);
  });

  it('passes the second such alert on', async () => {
    const { source, send } = await setStage(subject, {
      server: { clientCertificate: 'require', maxVersion: 'TLSv1.3', minVersion: 'TLSv1.3' },
    });
    await expect(send('/alerted')).rejects.toMatchObject({ code: /^ERR_SSL_/ });
    expect(source.runs).toBe(2);
  });
}
