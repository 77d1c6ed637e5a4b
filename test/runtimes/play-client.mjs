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

const { url, ca, pairs, stranger } = JSON.parse(process.env.KEYTURN_WORLD);
const options = { origins: [url], tls: { ca } };

/** Each way to ask the server who asks: `{ token, name, isElsewhere }`. */
const clients = {
  https: (manager, given = options) => {
    const { client } = bindHttps(manager, given);
    return async (path = '/') => json(await client.get(url + path));
  },
  axios: (manager, given = options) => {
    const { client } = bindAxios(axios.create({ baseURL: url }), manager, given);
    return async (path = '/') => (await client.get(path)).data;
  },
  got: (manager, given = options) => {
    const { client } = bindGot(got, manager, given);
    return (path = '/') => client(url + path, { retry: { limit: 0 } }).json();
  },
  fetch: (manager, given = options) => {
    const { client } = bindFetch(fetch, manager, given);
    return async (path = '/') => (await client(url + path)).json();
  },
};

/** Says at first who is trusted by nobody, and when it is asked once more the right one. */
function renewedTrust() {
  let trust = { generation: 1, pem: stranger };
  const refresh = async () => {
    trust = { generation: 2, pem: ca };
  };
  return { name: 'renewed', peek: () => trust, refresh };
}

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
  step(`${name} trusts no other authority than it is told`, 'refused', async () => {
    const ask = clientOf(managerOf({ token: 'good' }), { ...options, tls: { ca: stranger } });
    return await ask().then(
      () => 'answered',
      () => 'refused',
    );
  });
  step(`${name} connects again with a renewed authority`, 'good', async () => {
    const tls = { ca: renewedTrust() };
    return (await clientOf(managerOf({ token: 'good' }), { ...options, tls })()).token;
  });
  // node:https follows no redirect.
  if (name === 'https') continue;
  step(`${name} carries nothing to where a redirect leads`, 'elsewhere, nobody', async () => {
    const ask = clientOf(managerOf({ token: 'good', clientCertificate: pairs[0] }));
    const { token, name: seen, isElsewhere } = await ask('/away');
    return `${isElsewhere ? 'elsewhere' : 'here'}, ${token ?? seen ?? 'nobody'}`;
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
