// Uses one binding, closes the manager, and looks for token, header, key and state in a snapshot of its own heap. Runs in a process of its
// own, started with --expose-gc: `node after-close-program.mjs BINDING CERTIFICATE KEY`. Prints what it found, as JSON.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import v8 from 'node:v8';
import { createCredentialManager } from '@keyturn/core';

const [kind, folder] = process.argv.slice(2);
const read = (name) => readFileSync(`${folder}/${name}`, 'utf8');
const ca = read('ca.crt');
// Token, header and state exist only in what load() returns, the key only in its file.
const parts = ['TOKEN', 'of', 'this', 'run', String(process.pid)];
const stateParts = ['STATE', ...parts.slice(1)];
const headerParts = ['HEADER', ...parts.slice(1)];
const load = async () => ({
  token: parts.join('-'),
  headers: { 'X-API-Key': headerParts.join('-') },
  state: stateParts.join('-'),
  clientCertificate: { certificate: read('client.crt'), privateKey: read('client.key') },
});
const manager = createCredentialManager({ source: { name: 'test', load } });
const url = process.env['TEST_SERVER'];
const http2Url = process.env['TEST_HTTP2_SERVER'];
const grpcTarget = process.env['TEST_GRPC_SERVER'];
const origins = [url, http2Url];
const tls = { ca };

const uses = {
  manager: async () => {
    await manager.current();
  },
  https: async () => {
    const bound = (await import('@keyturn/https')).bindHttps(manager, { origins, tls });
    await drained(await bound.client.get(url));
    return bound;
  },
  http2: async () => {
    const bound = (await import('@keyturn/https')).bindHttp2(manager, { origins, tls });
    const { stream } = await bound.client.request(http2Url);
    await drained(stream);
    return bound;
  },
  agent: async () => {
    const { CredentialAgent } = await import('@keyturn/https');
    const agent = new CredentialAgent(manager, { origins, tls });
    await new Promise((resolve, reject) => {
      https.get(url, { agent }, (answer) => drained(answer).then(resolve)).on('error', reject);
    });
    return agent;
  },
  ws: async () => {
    const { connectWebSocket } = await import('@keyturn/https');
    const { WebSocket } = await import('ws');
    const socket = await connectWebSocket(
      (target, options) => new WebSocket(target, options),
      manager,
      { url: url.replace('https', 'wss'), tls },
    );
    socket.terminate();
    await new Promise((resolve) => socket.once('close', resolve));
  },
  axios: async () => {
    const axios = (await import('axios')).default;
    const { bindAxios } = await import('@keyturn/axios');
    const bound = bindAxios(axios.create({ baseURL: url, proxy: false }), manager, { tls });
    await bound.client.get('/');
    return bound;
  },
  'axios over HTTP/2': async () => {
    const axios = (await import('axios')).default;
    const { bindAxios } = await import('@keyturn/axios');
    const bound = bindAxios(
      axios.create({ baseURL: http2Url, proxy: false, httpVersion: 2 }),
      manager,
      { tls },
    );
    await bound.client.get('/');
    return bound;
  },
  got: async () => {
    const { got } = await import('got');
    const bound = (await import('@keyturn/got')).bindGot(got.extend({ prefixUrl: url }), manager, {
      tls,
    });
    await bound.client.get('');
    return bound;
  },
  'got over HTTP/2': async () => {
    const { got } = await import('got');
    const bound = (await import('@keyturn/got')).bindGot(
      got.extend({ prefixUrl: http2Url, http2: true }),
      manager,
      { tls },
    );
    await bound.client.get('');
    return bound;
  },
  undici: async () => {
    const { CredentialDispatcher } = await import('@keyturn/undici');
    const { request } = await import('undici');
    const dispatcher = new CredentialDispatcher(manager, { origins, tls });
    await (await request(url, { dispatcher })).body.text();
    return dispatcher;
  },
  fetch: async () => {
    const bound = (await import('@keyturn/undici')).bindFetch(fetch, manager, { origins, tls });
    await (await bound.client(url)).text();
    return bound;
  },
  grpc: async () => {
    const grpc = await import('@grpc/grpc-js');
    const bound = (await import('@keyturn/grpc')).bindGrpc(manager, { target: grpcTarget, tls });
    const client = new grpc.Client(
      bound.client.target,
      bound.client.credentials,
      bound.client.options,
    );
    const same = (bytes) => bytes;
    const call = (resolve) =>
      client.makeUnaryRequest('/test.Test/Say', same, same, Buffer.from('x'), resolve);
    for (const _ of [1, 2]) await new Promise(call);
    return [bound, client];
  },
};

async function drained(stream) {
  stream.resume();
  await new Promise((resolve) => stream.once('end', resolve));
}

async function snapshotOf() {
  for (let round = 0; round < 6; round += 1) {
    globalThis.gc();
    await sleep(20);
  }
  const chunks = [];
  for await (const chunk of v8.getHeapSnapshot()) chunks.push(chunk);
  return chunks.join('');
}

// A line of the key, as it is stored: what looks for it must not hold it before.
function find(snapshot) {
  const line = read('client.key').split('\n')[1].slice(5, 45);
  return {
    token: snapshot.includes(parts.join('-')),
    header: snapshot.includes(headerParts.join('-')),
    key: snapshot.includes(line),
    state: snapshot.includes(stateParts.join('-')),
  };
}

const kept = await uses[kind]();
await sleep(20);
const before = find(await snapshotOf());
await manager.close();
await sleep(50);
const after = find(await snapshotOf());
console.log(JSON.stringify({ before, after, kept: typeof kept }));
process.exit();
