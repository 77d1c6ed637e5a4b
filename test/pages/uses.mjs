// What the test does with whatever a block exports, by its name: a block that only defines something has not run yet. A block
// that exports something else fails until it stands here.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCredentialManager } from '@keyturn/core';
import { Container, credentialModule, tokens } from '@keyturn/core/container';
import { createTestAuthority, startTestApiServer, startTestProxy } from '@keyturn/testkit';
import { WebSocketServer } from 'ws';

const url = 'https://api.example/orders';

export const uses = {
  async credentials(credentials) {
    ok((await credentials.current()).token);
    await credentials.close();
  },

  async connect(connect) {
    const shown = [];
    const text = await readFile(process.env.KUBECONFIG, 'utf8');
    const { server, credentials } = await connect(text, (line) => shown.push(line));
    equal(new URL(server).hostname, '127.0.0.1');
    ok((await credentials.current()).token);
    ok(shown.join('').includes('Sign in'));
    await credentials.close();
  },

  async sharedThrough(sharedThrough) {
    // Nobody listens there: with "fail" the source is not asked.
    const redis = { call: async () => Promise.reject(new Error('LOADING the dataset')) };
    const keys = [Buffer.alloc(32).toString('base64')];
    const credentials = sharedThrough(redis, { name: 'a', load: async () => ({}) }, keys);
    await rejects(credentials.current(), { code: 'ERR_STORE_FAILED' });
    await credentials.close();
  },

  async logOut(logOut) {
    await logOut('https://login.example tool');
  },

  completePath(completePath) {
    const environment = { PATH: '/usr/bin' };
    completePath(environment);
    ok(environment.PATH.startsWith('/usr/bin:/usr/local/bin:'));
  },

  async clusters(clusters) {
    const names = ['production', 'staging'];
    for (const name of names) {
      const cluster = await clusters.get(name);
      equal(await clusters.get(name), cluster);
      equal((await cluster.get('/api/v1/namespaces')).resume().statusCode, 200);
    }
    await rejects(clusters.get('nowhere'), { code: 'ERR_KUBECONFIG_CONTEXT' });
    const usable = (await clusters.health()).filter(({ isUsable }) => isUsable);
    deepEqual(
      usable.map(({ context }) => context),
      names,
    );
    for (const name of names) await clusters.close(name);
    deepEqual(await clusters.health(), []);
  },

  async serveReadiness(serveReadiness) {
    const manager = createCredentialManager({ source: async () => ({ token: 'asked for' }) });
    const server = serveReadiness(manager, 0);
    await once(server, 'listening');
    const probe = () => fetch(`http://127.0.0.1:${server.address().port}`);
    equal((await probe()).status, 503);
    await manager.current();
    equal((await probe()).status, 200);
    equal(manager.stats().runs, 1);
    server.closeAllConnections();
    server.close();
    await manager.close();
  },

  logger(logger) {
    ok(logger.isLevelEnabled('warn'));
  },

  async azure(azure) {
    const credentials = azure();
    const { token, expiresAt } = await credentials.current();
    equal(token, 'of-a-command');
    ok(expiresAt > Date.now());
    await credentials.close();
  },

  async helper(helper) {
    const folder = process.cwd();
    process.chdir(process.env.PAGES_TOOLS);
    const credentials = helper();
    equal((await credentials.current()).token, 'for-api.example');
    await credentials.close();
    process.chdir(folder);
  },

  async fromFiles(fromFiles) {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-page-'));
    const { certificate, privateKey } = await (
      await createTestAuthority()
    ).issueClientCertificate();
    const texts = { token: 'of-a-file\n', 'tls.crt': certificate, 'tls.key': privateKey };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
    const credentials = fromFiles(folder);
    const credential = await credentials.current();
    equal(credential.token, 'of-a-file');
    equal(credential.clientCertificate.certificate, certificate);
    await credentials.close();
    await rm(folder, { recursive: true });
  },

  async follow(follow) {
    const authority = await createTestAuthority();
    const { certificate: cert, privateKey: key } = await authority.issueServerCertificate();
    const server = createServer({ cert, key }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket, { headers }) => socket.send(headers.authorization));
    const credentials = createCredentialManager({ source: async () => ({ token: 'of-a-page' }) });
    const socket = await follow(credentials, {
      url: `wss://127.0.0.1:${server.address().port}`,
      tls: { ca: authority.certificate },
    });
    const [said] = await once(socket, 'message');
    equal(String(said), 'Bearer of-a-page');
    socket.close();
    await once(socket, 'close');
    await credentials.close();
    server.close();
  },

  async mutualTls(mutualTls) {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-page-'));
    const server = await startTestApiServer({ clientCertificate: 'require' });
    const { certificate, privateKey } = await server.authority.issueClientCertificate();
    const texts = { cert: certificate, key: privateKey, ca: server.ca };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
    const files = { cert: join(folder, 'cert'), key: join(folder, 'key'), ca: join(folder, 'ca') };
    const { credentials, client } = mutualTls(server.url, files);
    equal((await client.get(server.url)).resume().statusCode, 200);
    await credentials.close();
    await server.close();
    await rm(folder, { recursive: true });
  },

  async robot(robot) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const credentials = robot({ client_email: 'robot@project.example', private_key });
    equal((await credentials.current()).token, 'of-oauth');
    await credentials.close();
  },

  async keptLogin(keptLogin) {
    const directory = await mkdtemp(join(tmpdir(), 'keyturn-page-'));
    for (const refreshToken of ['of-a-login', 'of-a-login']) {
      const credentials = keptLogin(refreshToken, directory);
      equal((await credentials.current()).token, 'of-oauth');
      await credentials.close();
    }
    await rm(directory, { recursive: true });
  },

  async byCertificate(byCertificate) {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-page-'));
    const authority = await createTestAuthority();
    const { certificate: cert, privateKey: key } = await authority.issueServerCertificate();
    const ca = authority.certificate;
    const server = createServer({ cert, key, ca, requestCert: true }, (request, response) => {
      const issuer = `https://localhost:${server.address().port}`;
      const token = { access_token: 'of-mutual-tls', token_type: 'Bearer' };
      const isToken = request.method === 'POST';
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(isToken ? token : { issuer, token_endpoint: `${issuer}/token` }));
    });
    await once(server.listen(0, 'localhost'), 'listening');
    const pair = await authority.issueClientCertificate();
    const texts = { cert: pair.certificate, key: pair.privateKey, ca };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
    const { certificates, credentials } = byCertificate(
      `https://localhost:${server.address().port}`,
      { cert: join(folder, 'cert'), key: join(folder, 'key'), ca },
    );
    equal((await credentials.current()).token, 'of-mutual-tls');
    await credentials.close();
    await certificates.close();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  },

  async behindProxy(behindProxy) {
    const server = await startTestApiServer();
    const proxy = await startTestProxy({ login: { user: 'me', password: 'p@ss' } });
    const { credentials, client } = behindProxy(server.url, proxy.url, server.ca);
    equal((await client.get(server.url)).resume().statusCode, 200);
    equal(proxy.tunnels.length, 1);
    client.agent.destroy();
    await credentials.close();
    await proxy.close();
    await server.close();
  },

  async podsAround(podsAround) {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-page-'));
    const ca = await readFile(process.env.NODE_EXTRA_CA_CERTS, 'utf8');
    const texts = { token: 'of-a-pod', 'ca.crt': ca, namespace: 'team' };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
    Object.assign(process.env, {
      KUBERNETES_SERVICE_HOST: 'api.example',
      KUBERNETES_SERVICE_PORT: '443',
    });
    deepEqual(await podsAround({ directory: folder }), { items: [] });
    await rm(folder, { recursive: true });
  },

  async clientOf(clientOf) {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-page-'));
    const renewed = await createTestAuthority();
    const server = await startTestApiServer();
    await writeFile(join(folder, 'token'), 'of-a-file');
    await writeFile(join(folder, 'ca.crt'), server.ca);
    const { client, credentials, unbind } = clientOf(server.url, folder);
    equal((await client.get(server.url)).resume().statusCode, 200);
    server.presentCertificate(await renewed.issueServerCertificate());
    server.connections.cut(1);
    await writeFile(join(folder, 'ca.crt'), renewed.certificate);
    equal((await client.get(server.url)).resume().statusCode, 200);
    unbind();
    await credentials.close();
    await server.close();
    await rm(folder, { recursive: true });
  },

  async sessionClient(sessionClient) {
    const used = [];
    const server = await startTestApiServer({
      plainHttp: true,
      authorize: ({ path, token }) => path === '/token' || token === 'access-2',
      respond: (_, response, { path, body }) => {
        if (path !== '/token') return response.end('[]');
        used.push(JSON.parse(body.toString()).refresh_token);
        const [access_token, refresh_token] = [`access-${used.length}`, `refresh-${used.length}`];
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ access_token, refresh_token, expires_in: 3600 }));
      },
    });
    const { client, credentials } = sessionClient(server.url, 'given');
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.get('/orders')));
    deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    deepEqual(used, ['given', 'refresh-1']);
    await credentials.close();
    await server.close();
  },

  async trustOf(trustOf) {
    const trust = trustOf(async () => 'renewed', 'first');
    await trust.refresh();
    await trust.refresh();
    deepEqual(trust.peek(), { generation: 2, pem: 'renewed' });
  },

  async tokenFileSource(tokenFileSource) {
    const credentials = createCredentialManager({
      source: tokenFileSource('/var/run/secrets/token'),
    });
    equal((await credentials.current()).token, 'of-a-pod');
    await credentials.close();
  },

  async withMyRunner(withMyRunner) {
    const container = new Container();
    const source = { name: 'replaced', load: () => Promise.reject(new Error('asked')) };
    await container.load(credentialModule({ source }), withMyRunner);
    equal((await container.get(tokens.manager).current()).token, 'from-elsewhere');
  },

  async bindDemo(bindDemo) {
    const source = async () => ({ token: 'of-the-demo' });
    const { client, unbind } = bindDemo(fetch, createCredentialManager({ source }), {
      origins: [url],
    });
    equal((await client(url)).status, 200);
    unbind();
  },

  // No service was generated here, so any method will do: the server answers, which is what the block is about.
  async greeter(greeter) {
    const deadline = Date.now() + 20_000;
    await new Promise((resolve, reject) => {
      greeter.waitForReady(deadline, (error) => (error ? reject(error) : resolve()));
    });
    greeter.close();
  },
};
