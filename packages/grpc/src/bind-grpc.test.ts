import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { inspect } from 'node:util';
import {
  type CallOptions,
  connectivityState,
  credentials,
  Metadata,
  propagate,
  status,
} from '@grpc/grpc-js';
import {
  CredentialError,
  createCredentialManager,
  isCredentialError,
  staticSource,
} from '@keyturn/core';
import { controlledSource, manualClock } from '@keyturn/testkit';
import { describe, expect, it } from 'vitest';
import { authority, collect, echo, NotesClient, numberedSource, scene } from '../test/scene.js';
import { bindGrpc } from './bind-grpc.js';

const waitForReady = (client: NotesClient, deadline: number): Promise<void> =>
  new Promise((resolve, reject) => {
    client.waitForReady(deadline, (error) => (error ? reject(error) : resolve()));
  });

const material = async (token: string) => ({
  token,
  clientCertificate: await (await authority()).issueClientCertificate(),
});

describe('a call', () => {
  it('waits for the first credential and carries token and certificate', async () => {
    await using at = await scene(numberedSource());
    expect(await echo(at.client)).toMatchObject({
      text: 'hello',
      token: 'token-1',
      commonName: 'client-1',
    });
  });

  it('carries both in every form: unary, server stream, client stream, both ways', async () => {
    await using at = await scene(numberedSource());
    await echo(at.client);
    for await (const _ of at.client.watch({ text: 'watch' }));
    expect(await collect(at.client, ['a', 'b', 'c'])).toMatchObject({ text: 'a,b,c' });
    const chat = at.client.chat();
    chat.write({ text: 'ping' });
    const [pong] = await once(chat, 'data');
    chat.end();
    await once(chat, 'end');
    expect(pong).toMatchObject({ text: 'ping', token: 'token-1' });
    expect(new Set(at.server.calls.map(({ commonName }) => commonName))).toEqual(
      new Set(['client-1']),
    );
  });

  it('keeps what a client stream writes before there is a credential', async () => {
    const source = controlledSource();
    await using at = await scene(source);
    const collected = collect(at.client, ['a', 'b', 'c']);
    (await source.nextLoad()).succeed(await material('late'));
    expect(await collected).toMatchObject({ text: 'a,b,c', token: 'late' });
  });

  it('shares one load and one connection with 1,000 concurrent first calls', async () => {
    const source = numberedSource();
    await using at = await scene(source);
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => echo(at.client)));
    expect(source.loads).toBe(1);
    expect(new Set(answers.map(({ peer }) => peer)).size).toBe(1);
  });

  it('ends at its deadline while it waits for a credential, and leaves the load to the others', async () => {
    const source = controlledSource();
    await using at = await scene(source);
    const late = echo(at.client, {}, { deadline: Date.now() + 20 });
    const patient = echo(at.client);
    await expect(late).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    (await source.nextLoad()).succeed(await material('patient'));
    expect(await patient).toMatchObject({ token: 'patient' });
  });

  it('can be cancelled while it waits for a credential', async () => {
    const source = controlledSource();
    await using at = await scene(source);
    const watch = at.client.watch({ text: 'never sent' });
    const failed = once(watch, 'error');
    await source.nextLoad();
    watch.cancel();
    expect((await failed)[0]).toMatchObject({ code: status.CANCELLED });
    source.loads[0]?.succeed(await material('late'));
    await echo(at.client);
    expect(at.server.calls.map(({ method }) => method)).toEqual(['echo']);
  });

  it('ends with the server call on whose behalf it waits for a credential', async () => {
    const parents: CallOptions['parent'][] = [];
    await using front = await scene(
      numberedSource(),
      {},
      { onEcho: (call) => parents.push(call as CallOptions['parent']) },
    );
    await using back = await scene(controlledSource());
    await echo(front.client);
    const outer = echo(front.client, { held: true }, { deadline: Date.now() + 500 });
    await front.server.nextHeld();
    const parent = parents[1] as NonNullable<CallOptions['parent']>;
    const cancelled = echo(back.client, {}, { parent, propagate_flags: propagate.CANCELLATION });
    const late = echo(back.client, {}, { parent, propagate_flags: propagate.DEADLINE });
    await Promise.all([
      expect(outer).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED }),
      expect(late).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED }),
      expect(cancelled).rejects.toMatchObject({ code: status.CANCELLED }),
    ]);
  });

  it('is cancelled on the server when the caller cancels it later', async () => {
    await using at = await scene(numberedSource());
    const watch = at.client.watch({ text: 'watch', held: true });
    await once(watch, 'data');
    const failed = once(watch, 'error');
    watch.cancel();
    expect((await failed)[0]).toMatchObject({ code: status.CANCELLED });
  });

  it('ends with the code of a source that fails, before anything is sent', async () => {
    const source = {
      name: 'broken',
      load: () => Promise.reject(new CredentialError('ERR_EXEC_EXIT', 'It exited with code 1.')),
    };
    await using at = await scene(source);
    const error = await echo(at.client).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: status.UNAUTHENTICATED,
      details: 'ERR_EXEC_EXIT: It exited with code 1.',
      cause: { code: 'ERR_EXEC_EXIT' },
    });
    expect(isCredentialError((error as Error).cause)).toBe(true);
    expect(at.server.calls).toEqual([]);
  });

  it('ends so too when the source fails while it has no connection yet', async () => {
    const source = controlledSource();
    const clock = manualClock(Date.now());
    await using at = await scene(source, {}, {}, { clock });
    const first = at.manager.current();
    const expiresAt = clock.now() + 60_000;
    (await source.nextLoad()).succeed({ ...(await material('short')), expiresAt });
    await first;
    const connecting = echo(at.client);
    await clock.advance(60_000);
    (await source.nextLoad()).fail(new CredentialError('ERR_EXEC_EXIT', 'It exited.'));
    await expect(connecting).rejects.toMatchObject({ cause: { code: 'ERR_EXEC_EXIT' } });
    expect([source.loads.length, at.manager.stats().refusals]).toEqual([2, 0]);
  });

  it('leaves an authorization of your own alone, and then runs nothing', async () => {
    const source = numberedSource();
    await using at = await scene(source, { plaintext: true, tls: undefined }, { plaintext: true });
    const metadata = new Metadata();
    metadata.set('Authorization', 'Bearer mine');
    expect(await echo(at.client, {}, { metadata })).toMatchObject({ token: 'mine' });
    expect(source.loads).toBe(0);
  });

  it('presents the certificate with an authorization of your own, once it has one', async () => {
    await using at = await scene(numberedSource());
    await echo(at.client);
    const metadata = new Metadata();
    metadata.set('authorization', 'Bearer mine');
    expect(await echo(at.client, {}, { metadata })).toMatchObject({
      token: 'mine',
      commonName: 'client-1',
    });
  });

  it('lets call credentials of your own win, and adds what they leave out', async () => {
    await using at = await scene(numberedSource());
    const own = (name: string, value: string) =>
      credentials.createFromMetadataGenerator((_, done) => {
        const metadata = new Metadata();
        metadata.set(name, value);
        done(null, metadata);
      });
    const mine = { credentials: own('authorization', 'Bearer mine') };
    expect(await echo(at.client, {}, mine)).toMatchObject({ token: 'mine' });
    const other = { credentials: own('x-tenant', 'blue') };
    expect(await echo(at.client, {}, other)).toMatchObject({ token: 'token-1' });
  });

  it('lets headers of your own call credentials win, one by one', async () => {
    const headers = { 'X-API-Key': 'k', 'x-tenant': 'ours' };
    const load = async () => ({ ...(await material('t')), headers });
    await using at = await scene({ name: 'keyed', load });
    const own = (entries: Record<string, string>) => ({
      credentials: credentials.createFromMetadataGenerator((_, done) =>
        done(null, Metadata.fromHttp2Headers(entries)),
      ),
    });
    await echo(at.client, {}, own({ 'x-tenant': 'blue' }));
    await echo(at.client, {}, own({ authorization: 'Bearer mine' }));
    const sent = at.server.calls.map(({ token, apiKey, tenant }) => [token, apiKey, tenant]);
    expect(sent).toEqual([
      ['t', 'k', 'blue'],
      ['mine', 'k', 'ours'],
    ]);
  });

  it('waits for the other headers beside your own Authorization, once it is known that there are any', async () => {
    const clock = manualClock(Date.now());
    const source = controlledSource();
    const plain = { plaintext: true, tls: undefined };
    await using at = await scene(source, plain, { plaintext: true }, { clock });
    const first = echo(at.client);
    const expiresAt = clock.now() + 60_000;
    (await source.nextLoad()).succeed({ token: 't', headers: { 'x-api-key': 'k-1' }, expiresAt });
    await first;
    await clock.advance(60_000);
    const metadata = Metadata.fromHttp2Headers({ authorization: 'Bearer mine' });
    const answer = echo(at.client, {}, { metadata });
    (await source.nextLoad()).succeed({ token: 't', headers: { 'x-api-key': 'k-2' } });
    expect(await answer).toMatchObject({ token: 'mine', apiKey: 'k-2' });
  });

  it('ends with the name of a header that gRPC cannot send, with a connection and without', async () => {
    let headers: Record<string, string> = { "x'key": 'sekret' };
    const load = async () => ({ ...(await material('t')), headers });
    await using at = await scene({ name: 'odd', load });
    const failing = async (): Promise<unknown> => echo(at.client).catch((error: unknown) => error);
    const failures = [await failing()];
    headers = { 'x-key': 'fine' };
    await at.manager.refresh();
    await echo(at.client);
    headers = { "x'key": 'sekret' };
    await at.manager.refresh();
    failures.push(await failing());
    for (const failure of failures) {
      expect(failure).toMatchObject({ cause: { code: 'ERR_CREDENTIAL_HEADER' } });
      expect(String(failure)).toContain("x'key");
      expect(inspect(failure)).not.toContain('sekret');
    }
  });

  it('keeps the token out of an error and of everything that hangs on the client', async () => {
    const secret = 'very-secret-token';
    const source = { name: 'secret', load: () => material(secret) };
    await using at = await scene(source, {}, { authorize: () => false });
    const error = await echo(at.client).catch((reason: unknown) => reason);
    const watch = at.client.watch({ text: 'watch' });
    await once(watch, 'error');
    const options = { depth: Number.POSITIVE_INFINITY, showHidden: true };
    for (const value of [error, watch, at.client, at.binding]) {
      const printed = inspect(value, options);
      expect(printed).not.toContain(secret);
      expect(printed).not.toContain('PRIVATE KEY');
    }
    expect(JSON.stringify(error)).not.toContain(secret);
  });
});

describe('a refused call', () => {
  const refuses = (...tokens: string[]) => ({
    authorize: ({ token }: { readonly token: string | undefined }) =>
      !tokens.includes(token ?? 'none'),
  });

  it('is sent once more with the next token', async () => {
    await using at = await scene(numberedSource(), {}, refuses('token-1'));
    expect(await echo(at.client, { text: 'intact' })).toMatchObject({
      text: 'intact',
      token: 'token-2',
    });
  });

  it('is sent once more before the first message of a server stream', async () => {
    await using at = await scene(numberedSource(), {}, refuses('token-1'));
    const tokens: unknown[] = [];
    for await (const { token } of at.client.watch({ text: 'watch' })) tokens.push(token);
    expect(tokens).toEqual(['token-2', 'token-2']);
  });

  it('is given to the caller after one replay', async () => {
    await using at = await scene(numberedSource(), {}, refuses('token-1', 'token-2'));
    await expect(echo(at.client)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    expect(at.server.calls).toHaveLength(2);
  });

  it('is not sent again when it streams its requests, but the next one carries a new token', async () => {
    await using at = await scene(numberedSource(), {}, refuses('token-1'));
    await expect(collect(at.client, ['only'])).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
      details: 'who are you?',
    });
    expect(await echo(at.client)).toMatchObject({ token: 'token-2' });
  });

  it('is not sent again once an answer has begun, but the next one carries a new token', async () => {
    await using at = await scene(numberedSource(), {}, { ...refuses('token-1'), eager: true });
    await expect(echo(at.client)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    expect(await echo(at.client)).toMatchObject({ token: 'token-2' });
  });

  it('is given to the caller at once with replay: false', async () => {
    await using at = await scene(numberedSource(), { replay: false }, refuses('token-1'));
    await expect(echo(at.client)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    expect(at.server.calls).toHaveLength(1);
  });

  it('is given to the caller when it carried an authorization of their own', async () => {
    const source = numberedSource();
    await using at = await scene(source, {}, refuses('mine'));
    await echo(at.client);
    const metadata = new Metadata();
    metadata.set('authorization', 'Bearer mine');
    await expect(echo(at.client, {}, { metadata })).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
    });
    expect(source.loads).toBe(1);
  });

  it('costs one load, however many there are at once', async () => {
    const source = numberedSource('token');
    await using at = await scene(source, {}, refuses('token-1'));
    await Promise.all(Array.from({ length: 200 }, () => echo(at.client)));
    expect(source.loads).toBe(2);
  });

  it('ends at its deadline while it waits for the next credential', async () => {
    const source = controlledSource();
    await using at = await scene(source, {}, refuses('first'));
    const answer = echo(at.client, {}, { deadline: Date.now() + 1_000 });
    (await source.nextLoad()).succeed(await material('first'));
    await source.nextLoad();
    await expect(answer).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
  });

  it('runs interceptors of your own once', async () => {
    await using at = await scene(numberedSource(), {}, refuses('token-1'));
    const { InterceptingCall } = await import('@grpc/grpc-js');
    let starts = 0;
    const answer = await echo(
      at.client,
      {},
      {
        interceptors: [
          (options, nextCall) => {
            starts += 1;
            return new InterceptingCall(nextCall(options));
          },
        ],
      },
    );
    expect([answer.token, starts]).toEqual(['token-2', 1]);
  });
});

describe('a refused certificate', () => {
  it('counts as a refusal where the server demands one and got none', async () => {
    const { clientCertificate } = await material('unused');
    const loads = [{ token: 'alone' }, { token: 'second', clientCertificate }];
    const source = { name: 'late', load: async () => loads.shift() ?? { token: 'no more' } };
    await using at = await scene(source);
    expect(await echo(at.client)).toMatchObject({ token: 'second', commonName: 'test-client' });
  });
});

describe('the channel', () => {
  it('becomes ready for who waits for it, before there is a credential', async () => {
    const source = controlledSource();
    await using at = await scene(source);
    const ready = waitForReady(at.client, Date.now() + 10_000);
    (await source.nextLoad()).succeed(await material('ready'));
    await ready;
    expect(at.client.getChannel().getConnectivityState(false)).toBe(connectivityState.READY);
    expect(at.client.getChannel().getTarget()).toBe(`dns:${at.server.target}`);
  });

  it('does not become ready when the source fails', async () => {
    await using at = await scene({ name: 'broken', load: () => Promise.reject(new Error('no')) });
    await expect(waitForReady(at.client, Date.now() + 10_000)).rejects.toThrow();
  });

  it('ends the calls that wait when it is closed, and takes no more', async () => {
    const source = controlledSource();
    await using at = await scene(source);
    const waiting = echo(at.client);
    at.client.close();
    await expect(waiting).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect(() => at.client.watch({ text: 'late' })).toThrow('shut down');
    expect(at.client.getChannel().getConnectivityState(true)).toBe(connectivityState.SHUTDOWN);
  });

  it('leaves no connection when it is closed, with a credential or without', async () => {
    const plain = { plaintext: true, tls: undefined };
    await using at = await scene(numberedSource(), plain, { plaintext: true });
    await echo(at.client);
    at.binding.unbind();
    await echo(at.client);
    at.client.close();
    await expect.poll(() => at.server.connections.size).toBe(0);
  });

  it('shares no connection with other channels', async () => {
    const plain = { plaintext: true, tls: undefined };
    await using at = await scene(numberedSource(), plain, { plaintext: true });
    const { client } = bindGrpc(at.manager, { target: at.server.target, plaintext: true });
    const second = new NotesClient(client.target, client.credentials, client.options);
    const peers = [await echo(at.client), await echo(second)].map(({ peer }) => peer);
    expect(new Set(peers).size).toBe(2);
    second.close();
  });

  it('serves several clients, and two managers never mix', async () => {
    await using at = await scene(numberedSource());
    const other = createCredentialManager({ source: staticSource(await material('other')) });
    const { certificate: ca } = await authority();
    const { client } = bindGrpc(other, { target: at.server.target, tls: { ca } });
    const second = new NotesClient(client.target, client.credentials, client.options);
    const third = new NotesClient(client.target, client.credentials, client.options);
    const answers = await Promise.all([echo(second), echo(at.client), echo(third)]);
    expect(answers.map(({ token }) => token)).toEqual(['other', 'token-1', 'other']);
    second.close();
    await other.close();
  });

  it('finds the server by another name where one is given', async () => {
    const { certificate: ca } = await authority();
    await using at = await scene(numberedSource(), { tls: { ca, servername: 'localhost' } });
    const target = at.server.target.replace('localhost', 'ipv4:127.0.0.1');
    const { client } = bindGrpc(at.manager, { target, tls: { ca, servername: 'localhost' } });
    const notes = new NotesClient(client.target, client.credentials, client.options);
    expect(await echo(notes)).toMatchObject({ commonName: 'client-1' });
    notes.close();
  });
});

describe('the TLS settings', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('hold the version: %s', async (version) => {
    const { certificate: ca, issueServerCertificate } = await authority();
    const { certificate: cert, privateKey: key } = await issueServerCertificate();
    const server = tls.createServer({ cert, key, ALPNProtocols: ['h2'] }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connected = once(server, 'secureConnection');
    const versions = { minVersion: version, maxVersion: version };
    const target = `localhost:${(server.address() as AddressInfo).port}`;
    await using at = await scene(numberedSource(), { target, tls: { ca: [ca], ...versions } });
    const failed = echo(at.client).catch(() => {});
    const [socket] = (await connected) as [tls.TLSSocket];
    expect(socket.getProtocol()).toBe(version);
    socket.destroy();
    server.close();
    at.client.close();
    await failed;
  });

  it('trust nobody but the authority that is given', async () => {
    await using at = await scene(numberedSource(), { tls: undefined });
    await expect(echo(at.client)).rejects.toMatchObject({ code: status.UNAVAILABLE });
    expect(at.server.calls).toEqual([]);
  });

  it('accept whoever answers where they are told to', async () => {
    await using at = await scene(numberedSource(), { tls: { rejectUnauthorized: false } });
    expect(await echo(at.client)).toMatchObject({ token: 'token-1' });
  });
});

describe('unbind()', () => {
  it('stops presenting anything', async () => {
    const plain = { plaintext: true, tls: undefined };
    await using at = await scene(numberedSource(), plain, { plaintext: true });
    expect(await echo(at.client)).toMatchObject({ token: 'token-1' });
    at.binding.unbind();
    expect((await echo(at.client)).token).toBeUndefined();
  });

  it('lets calls that wait for a credential go without one, once', async () => {
    const plain = { plaintext: true, tls: undefined };
    const source = controlledSource();
    await using at = await scene(source, plain, { plaintext: true });
    const waiting = echo(at.client, { held: true });
    const load = await source.nextLoad();
    at.binding.unbind();
    const release = await at.server.nextHeld();
    load.succeed({ token: 'late' });
    await at.manager.current();
    await echo(at.client);
    release();
    expect((await waiting).token).toBeUndefined();
    expect(at.server.calls.map(({ token }) => token)).toEqual([undefined, undefined]);
  });

  it('presents nothing with a call that has no connection yet', async () => {
    const plain = { plaintext: true, tls: undefined };
    await using at = await scene(numberedSource(), plain, { plaintext: true });
    await at.manager.current();
    const connecting = echo(at.client);
    at.binding.unbind();
    expect((await connecting).token).toBeUndefined();
  });
});

describe('what bindGrpc is given', () => {
  const manager = createCredentialManager({ source: staticSource({ token: 'never sent' }) });

  it('is checked by name, so that whoever binds several clients knows which it is', () => {
    const target = 'api.example:443';
    const bind = (given: unknown, options: object) => () =>
      bindGrpc(given as typeof manager, { target, ...options });
    expect(bind({}, {})).toThrow(/bindGrpc/);
    expect(bind(manager, { tarjet: 'x' })).toThrow(/bindGrpc.*"tarjet"/);
    expect(bind(manager, { channel: 'x' })).toThrow(/"channel" of bindGrpc/);
    expect(bind(manager, { plaintext: 'x' })).toThrow(/"plaintext"/);
  });

  it('must name one server', () => {
    for (const target of [
      '',
      'unix:run/a.sock',
      'unix://host/a.sock',
      'ipv4:10.0.0.1:1,10.0.0.2:1',
      'https://a:1',
    ]) {
      expect(() => bindGrpc(manager, { target })).toThrow(/"target"/);
    }
    for (const target of ['a', 'a:1', 'dns:a:1', 'dns:///a:1', 'dns://8.8.8.8/a', '[::1]:1']) {
      expect(bindGrpc(manager, { target }).supports.token).toBe(true);
    }
  });

  it('must name a socket in its origins, letter by letter', () => {
    const bind = (origins?: readonly string[]) => () =>
      bindGrpc(manager, { target: 'unix:///run/a.sock', plaintext: true, origins });
    expect(bind()).toThrow(expect.objectContaining({ code: 'ERR_ORIGIN_UNKNOWN' }));
    expect(bind(['http://localhost', 'unix:/run/b.sock'])).toThrow(/"unix:\/run\/a.sock"/);
    expect(bind(['unix:/run/a.sock'])().supports.token).toBe(true);
  });

  it('must not have a foreign DNS server say where loopback is, in plaintext', () => {
    const bind = (more: object) => () =>
      bindGrpc(manager, { target: 'dns://8.8.8.8/localhost:1', ...more });
    expect(bind({ plaintext: true })).toThrow(/DNS server/);
    expect(bind({})().supports.token).toBe(true);
  });

  it('must hold the target in its origins, where it names any', () => {
    const origins = ['https://elsewhere.example'];
    expect(() => bindGrpc(manager, { target: 'a:1', origins })).toThrow(/"origins"/);
    expect(() => bindGrpc(manager, { target: 'a', origins: ['https://a'] })).not.toThrow();
  });

  it('must not send the credential in clear text, but to loopback or where it is allowed', () => {
    const bind = (target: string, more: object = {}) =>
      bindGrpc(manager, { target, plaintext: true, ...more }).supports;
    expect(() => bind('api.example:80')).toThrow(
      expect.objectContaining({ code: 'ERR_ORIGIN_INSECURE' }),
    );
    expect(bind('127.0.0.1:80')).toMatchObject({ clientCertificate: false });
    expect(bind('api.example:80', { allowInsecure: true })).toMatchObject({ token: true });
  });

  it('must be known and sensible', () => {
    const bind = (more: object) => () => bindGrpc(manager, { target: 'a:1', ...more });
    expect(bind({ plainText: true })).toThrow(/no option "plainText"/);
    expect(bind({ plaintext: 'yes' })).toThrow(/"plaintext"/);
    expect(bind({ channel: 'fast' })).toThrow(/"channel"/);
    expect(bind({ tls: { cert: 'mine' } })).toThrow(/no option "cert"/);
  });
});
