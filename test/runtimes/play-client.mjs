// The client of a server on Node, on the runtime that runs this. Prints one JSON object for each step. node test/runtimes/index.mjs starts
// both.
import process from 'node:process';
import { json } from 'node:stream/consumers';
import { bindAxios } from '@keyturn/axios';
import { createCredentialManager, isCredentialError } from '@keyturn/core';
import { commandSource } from '@keyturn/core/exec';
import { bindGot } from '@keyturn/got';
import { bindHttps } from '@keyturn/https';
import { bindFetch } from '@keyturn/undici';
import axios from 'axios';
import got from 'got';

const { url, ca, pairs } = JSON.parse(process.env.KEYTURN_WORLD);
const options = { origins: [url], tls: { ca } };

/** Each way to ask the server who asks: `{ token, name }`. */
const clients = {
  https: (manager) => {
    const { client } = bindHttps(manager, options);
    return async () => json(await client.get(url));
  },
  axios: (manager) => {
    const { client } = bindAxios(axios.create({ baseURL: url }), manager, options);
    return async () => (await client.get('/')).data;
  },
  got: (manager) => {
    const { client } = bindGot(got, manager, options);
    return () => client(url).json();
  },
  fetch: (manager) => {
    const { client } = bindFetch(fetch, manager, options);
    return async () => (await client(url)).json();
  },
};

function managerOf(...materials) {
  let loads = 0;
  const load = async () => materials[Math.min(loads++, materials.length - 1)];
  return createCredentialManager({ source: { name: 'steps', load } });
}

const steps = [];
const step = (name, right, play) => steps.push({ name, right, play });

for (const [name, clientOf] of Object.entries(clients)) {
  step(
    `${name} sends the token`,
    'good',
    async () => (await clientOf(managerOf({ token: 'good' }))()).token,
  );
  step(`${name} replays a refused request with the next token`, 'good', async () => {
    const ask = clientOf(managerOf({ token: 'bad' }, { token: 'good' }));
    return (await ask()).token;
  });
  step(`${name} presents the next certificate after a rotation`, 'one, two', async () => {
    const manager = managerOf({ clientCertificate: pairs[0] }, { clientCertificate: pairs[1] });
    const ask = clientOf(manager);
    const before = await ask();
    await manager.refresh();
    return `${before.name}, ${(await ask()).name}`;
  });
}

step('a command gives a token', 'good', async () => {
  const source = commandSource({
    command: 'sh',
    args: ['-c', 'read word; echo $word'],
    input: 'good\n',
  });
  return (await createCredentialManager({ source }).current()).token;
});
step('a command that hangs is ended', 'ERR_EXEC_TIMEOUT', () => {
  const source = commandSource({ command: 'sh', args: ['-c', 'sleep 60'], timeoutMs: 300 });
  return createCredentialManager({ source }).current().catch(codeOf);
});
step('a command that is missing says so', 'ERR_EXEC_NOT_FOUND', () =>
  createCredentialManager({ source: commandSource({ command: 'no-such-tool-4711' }) })
    .current()
    .catch(codeOf),
);
step('a certificate that is none is refused', 'ERR_CREDENTIAL_CERTIFICATE', () =>
  managerOf({ clientCertificate: { certificate: 'x', privateKey: 'y' } })
    .current()
    .catch(codeOf),
);
step('a key of another certificate is refused', 'ERR_CREDENTIAL_KEY_MISMATCH', () => {
  const [{ certificate }, { privateKey }] = pairs;
  return managerOf({ clientCertificate: { certificate, privateKey } }).current().catch(codeOf);
});

function codeOf(error) {
  return isCredentialError(error) ? error.code : String(error);
}

for (const { name, right, play } of steps) {
  const late = new Promise((resolve) => setTimeout(resolve, 8_000, 'nothing for 8 s'));
  const seen = await Promise.race([play(), late]).catch(
    (error) => `${error.message} ${error.cause?.message ?? ''}`,
  );
  console.log(
    JSON.stringify({ name, ...(seen !== right && { message: `Expected ${right}, seen ${seen}` }) }),
  );
}
process.exit(0);
