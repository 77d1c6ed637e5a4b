// What is done with the block of each library, by its name. The server takes the second token of the source only, over TLS of an
// authority of its own: so a block passes its authority on, sends the token, and gets its answer by a replay or, where the page says
// so, with the next request.
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import { createCredentialManager } from '@keyturn/core';
import { createTestAuthority } from '@keyturn/testkit';
import { startMysql, startPostgres, startRedis } from './databases.mjs';
import { answerMcp, answerSoap, wsdl } from './protocols.mjs';

const order = { id: 5 };

export const plays = {
  ky: ({ orders }) => replays(orders),
  ofetch: ({ orders }) => replays(orders),
  'openapi-fetch': ({ orders }) => replays(orders),
  openai: ({ orders }) => replays(orders),
  '@anthropic-ai/sdk': ({ orders }) => replays(orders),
  '@nestjs/axios': ({ orders }) => replays(orders),
  awilix: ({ orders }) => replays(orders),
  'node-fetch': ({ orders }) => isRightNextTime(orders),
  superagent: ({ orders }) => isRightNextTime(orders),
  '@modelcontextprotocol/sdk': playMcp,
  '@modelcontextprotocol/client': playMcp,
  soap: playSoap,
  '@elastic/elasticsearch': playSearch,
  pg: ({ pool }) => playPool(pool),
  mysql2: ({ connect }) => playConnections(connect, startMysql),
  ioredis: ({ connect }) => playConnections(connect, startRedis),
};

/** @param answer `(request, body, response) => …`; default: what was sent, as JSON */
async function world(answer = echo) {
  const authority = await createTestAuthority();
  const { certificate, privateKey } = await authority.issueServerCertificate();
  const seen = [];
  const server = createServer({ cert: certificate, key: privateKey }, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { authorization } = request.headers;
    seen.push({ authorization, body, apiKey: request.headers['x-api-key'] });
    if (authorization !== 'Bearer t2') response.writeHead(401).end();
    else answer(request, body, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${server.address().port}`;
  return { url, tls: { ca: authority.certificate }, seen, ...countedCredentials() };
}

function countedCredentials() {
  let loads = 0;
  const source = async () => ({ token: `t${++loads}` });
  return { credentials: createCredentialManager({ source }), loads: () => loads };
}

function echo(_request, body, response) {
  response.setHeader('content-type', 'application/json').end(body);
}

const tokensOf = (seen) => seen.map(({ authorization }) => authorization);

async function replays(orders) {
  const { url, tls, seen, credentials, loads } = await world();
  const send = await orders(credentials, url, tls);
  deepEqual(await send(order), order);
  deepEqual(tokensOf(seen), ['Bearer t1', 'Bearer t2']);
  deepEqual(
    seen.map(({ body }) => JSON.parse(body)),
    [order, order],
  );
  deepEqual([seen[1].apiKey, loads()], [undefined, 2]);
}

async function isRightNextTime(orders) {
  const { url, tls, seen, credentials, loads } = await world();
  const send = await orders(credentials, url, tls);
  await rejects(send(order));
  deepEqual(await send(order), order);
  deepEqual(tokensOf(seen), ['Bearer t1', 'Bearer t2']);
  equal(loads(), 2);
}

async function playMcp({ tools }) {
  const { url, tls, seen, credentials, loads } = await world(answerMcp);
  const list = await tools(credentials, url, tls);
  deepEqual(
    (await list()).tools.map(({ name }) => name),
    ['order'],
  );
  deepEqual([tokensOf(seen).filter((token) => token !== 'Bearer t2'), loads()], [['Bearer t1'], 2]);
}

async function playSoap({ orders }) {
  const { url, tls, seen, credentials, loads } = await world(answerSoap);
  const send = await orders(credentials, url, tls, await wsdl(url));
  deepEqual(await send(order), { done: '5' });
  deepEqual(tokensOf(seen), ['Bearer t1', 'Bearer t2']);
  equal(loads(), 2);
}

async function playSearch({ search }) {
  const { url, tls, seen, credentials } = await world((_request, _body, response) => {
    response.setHeader('x-elastic-product', 'Elasticsearch');
    response.setHeader('content-type', 'application/json').end('{"hits":{"hits":[]}}');
  });
  const ask = search(credentials, url, tls);
  await rejects(ask('orders'), { statusCode: 401 });
  deepEqual((await ask('orders')).hits, { hits: [] });
  deepEqual(tokensOf(seen), ['Bearer t1', 'Bearer t2']);
}

async function playPool(pool) {
  const { credentials } = countedCredentials();
  const database = await startPostgres();
  const clients = pool(credentials, { host: '127.0.0.1', port: database.port, user: 'me' });
  const ask = async () => {
    const client = await clients.connect();
    client.release(true);
  };
  await ask();
  await credentials.refresh();
  await ask();
  deepEqual(database.passwords, ['t1', 't2']);
}

async function playConnections(connect, start) {
  const { credentials } = countedCredentials();
  const database = await start();
  const options = { host: '127.0.0.1', port: database.port, user: 'me' };
  const first = await connect(credentials, options);
  await credentials.refresh();
  await database.again(first, () => connect(credentials, options));
  deepEqual(database.passwords, ['t1', 't2']);
}
