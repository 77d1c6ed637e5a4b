import { execSource, type PluginCallMessage, type PluginPolicyMessage } from '@keyturn/core/exec';
import type { RotationMessage } from '@keyturn/core/lifecycle';
import type { DrainMessage } from '@keyturn/https';
import { manualClock, type TestApiServer } from '@keyturn/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  answer,
  authority,
  bindTo,
  certificates,
  counted,
  failureOf,
  heardOn,
  hourMs,
  initial,
  manage,
  pretend,
  shell,
  startServer,
  tokens,
} from './plugin-stage.js';

const namesIn = ({ requests }: TestApiServer): (string | undefined)[] =>
  requests.map(({ commonName }) => commonName);

/** A server that answers `/held` when the test says so, and everything else at once. */
async function holdingServer() {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = await startServer({
    respond: async (_, response, { path }) => {
      if (path === '/held') await released;
      response.end('done');
    },
  });
  onTestFinished(() => release());
  return { server, release: () => release() };
}

describe('connections', () => {
  it('B87 close with a new certificate, and stay with a new token', async () => {
    const server = await startServer();
    const manager = manage({ source: tokens() });
    const get = bindTo(server, manager);
    await get('/');
    await manager.refresh();
    await get('/');
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1]);
    const rotating = manage({ source: certificates() });
    const getWithCertificate = bindTo(server, rotating);
    await getWithCertificate('/');
    await rotating.refresh();
    await expect.poll(() => server.connections.isOpen(2)).toBe(false);
    expect(server.connections.isOpen(1)).toBe(true);
  });

  it('B87 close when a certificate comes or goes', async () => {
    const server = await startServer();
    const pair = await (await authority()).issueClientCertificate({ commonName: 'me' });
    const manager = manage({
      source: counted((run) => ({ token: 't', ...(run === 2 && { clientCertificate: pair }) })),
    });
    const get = bindTo(server, manager);
    for (let count = 0; count < 3; count += 1) {
      await get('/');
      await manager.refresh();
    }
    expect(namesIn(server)).toEqual([undefined, 'me', undefined]);
    await expect.poll(() => server.connections.open).toBe(1);
  });

  it('B88 W01 finish the requests that run on them before they close', async () => {
    const { server, release } = await holdingServer();
    const manager = manage({ source: certificates() });
    const get = bindTo(server, manager);
    const held = get('/held');
    await expect.poll(() => server.requests).toHaveLength(1);
    await manager.refresh();
    expect((await get('/')).status).toBe(200);
    expect(server.connections.open).toBe(2);
    release();
    expect((await held).body).toBe('done');
    await expect.poll(() => server.connections.isOpen(1)).toBe(false);
    expect(namesIn(server)).toEqual(['client-1', 'client-2']);
  });

  it('B89 W01 close in every client of the manager, and in no other', async () => {
    const server = await startServer();
    const manager = manage({ source: certificates() });
    const gets = [manager, manager, manage({ source: certificates() })].map((held) =>
      bindTo(server, held),
    );
    for (const get of gets) await get('/');
    await manager.refresh();
    await expect.poll(() => server.connections.open).toBe(1);
    expect(server.connections.isOpen(3)).toBe(true);
  });

  it('B90 that are being made while the certificate changes are not kept', async () => {
    const server = await startServer();
    const manager = manage({ source: certificates() });
    await manager.current();
    const get = bindTo(server, manager);
    const [first] = await Promise.all([get('/'), manager.refresh()]);
    expect(first.status).toBe(200);
    await get('/');
    expect(namesIn(server).at(-1)).toBe('client-2');
    const { connection } = server.requests[0] ?? { connection: 0 };
    const isOld = namesIn(server)[0] === 'client-1';
    await expect.poll(() => server.connections.isOpen(connection)).toBe(!isOld);
  });

  it('B91 that are closed already are not counted when the rest drains', async () => {
    const { server, release } = await holdingServer();
    const drained = heardOn<DrainMessage>('keyturn:drained');
    const manager = manage({ source: certificates() });
    const get = bindTo(server, manager);
    await manager.current();
    const closing = { headers: { connection: 'close' } };
    const both = [get('/held', closing), get('/held')];
    await expect.poll(() => server.requests).toHaveLength(2);
    release();
    await Promise.all(both);
    await expect.poll(() => server.connections.open).toBe(1);
    await manager.refresh();
    expect(drained).toEqual([{ closed: 1, certificateGeneration: 1, cut: false }]);
  });
});

describe('certificates', () => {
  const clock = manualClock(Math.floor(Date.now() / 1_000) * 1_000);
  const pairFor = async (notBefore: number, notAfter: number) =>
    (await authority()).issueClientCertificate({ notBefore, notAfter });

  it('B92 tell how old they were when another one replaced them', async () => {
    const rotations = heardOn<RotationMessage>('keyturn:rotated');
    const now = clock.now();
    const old = await pairFor(now - 2 * hourMs, now + hourMs);
    const next = await pairFor(now - hourMs, now + hourMs);
    const answers = [{ token: 't' }, old, old, next, next].map((part) =>
      'token' in part ? part : { clientCertificate: part },
    );
    const manager = manage({ source: counted((run) => answers[run - 1] ?? {}), clock });
    await manager.current();
    for (let count = 1; count < answers.length; count += 1) await manager.refresh();
    const ages = rotations.map(({ certificateAgeMs }) => certificateAgeMs);
    expect(ages).toEqual([undefined, undefined, 2 * hourMs, undefined]);
  });

  it('B93 tell when they expire, for the earliest of them to be found', async () => {
    const now = clock.now();
    const minutes = async (count: number) => ({
      clientCertificate: await pairFor(now - hourMs, now + count * 60_000),
    });
    const answers = [
      [await minutes(10), { token: 't' }],
      [await minutes(5), await minutes(15)],
    ];
    const managers = answers.map((list) =>
      manage({ source: counted((run) => list[run - 1] ?? {}), clock }),
    );
    const earliest = (): number =>
      Math.min(...managers.map((one) => one.stats().certificateExpiresAt ?? Infinity)) - now;
    expect(earliest()).toBe(Infinity);
    await managers[0]?.current();
    expect(earliest()).toBe(10 * 60_000);
    await managers[1]?.current();
    expect(earliest()).toBe(5 * 60_000);
    await managers[1]?.refresh();
    expect(earliest()).toBe(10 * 60_000);
    await managers[0]?.refresh();
    expect(earliest()).toBe(15 * 60_000);
    await managers[1]?.close();
    expect(earliest()).toBe(Infinity);
  });
});

describe('messages', () => {
  const countCalls = async (...scripts: string[]): Promise<unknown[]> => {
    const calls = heardOn<PluginCallMessage>('keyturn:exec');
    for (const script of scripts) {
      await execSource(shell(script, { timeoutMs: 20_000 }))
        .load(initial())
        .catch(() => {});
    }
    return calls.map(({ exitCode, callStatus }) => [exitCode, callStatus]);
  };

  it('B94 count each run by how the process ended', async () => {
    const good = `echo '${answer({ token: 't' })}'`;
    expect(
      await countCalls(good, 'exit 1', 'exit 2', `${good}; exit 0`, 'echo garbage', 'kill -9 $$'),
    ).toEqual([
      [0, 'no_error'],
      [1, 'plugin_execution_error'],
      [2, 'plugin_execution_error'],
      [0, 'no_error'],
      [0, 'no_error'],
      [-1, 'plugin_execution_error'],
    ]);
  });

  it('B94 tell how long a run took, on the clock of the source', async () => {
    const calls = heardOn<PluginCallMessage>('keyturn:exec');
    const clock = manualClock();
    const run = async () => {
      await clock.advance(1_500);
      return { stdout: Buffer.from(answer({ token: 't' })), stderr: '' };
    };
    await execSource(shell(''), { clock, run }).load(initial());
    expect(calls).toEqual([
      { source: 'exec "/bin/sh"', callStatus: 'no_error', exitCode: 0, durationMs: 1_500 },
    ]);
  });

  it.each(['no-such-plugin-xyz', './no/such/plugin', '/nonexistent/plugin'])(
    'B95 count %s as not found',
    async (command) => {
      const calls = heardOn<PluginCallMessage>('keyturn:exec');
      await failureOf(execSource(shell('', { command })).load(initial()));
      expect(calls).toMatchObject([{ exitCode: 1, callStatus: 'plugin_not_found_error' }]);
    },
  );

  it.each([
    [{ policyType: 'AllowAll' }, 'allowed'],
    [{ policyType: 'DenyAll' }, 'denied'],
    [
      { policyType: 'Allowlist', allowlist: [{ command: 'foobar' }, { command: '/bin/sh' }] },
      'allowed',
    ],
    [{ policyType: 'Allowlist', allowlist: [{ command: 'foobar' }, { command: 'baz' }] }, 'denied'],
  ] as const)('B96 tell that policy %j has %s a run', async (pluginPolicy, status) => {
    const judged = heardOn<PluginPolicyMessage>('keyturn:policy');
    const calls = heardOn('keyturn:exec');
    const { load } = pretend({ command: '/bin/sh', pluginPolicy });
    await load().catch(() => {});
    expect(judged).toEqual([{ source: 'exec "/bin/sh"', status }]);
    expect(calls).toHaveLength(status === 'allowed' ? 1 : 0);
  });
});
