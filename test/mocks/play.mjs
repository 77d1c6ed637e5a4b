// node test/mocks/play.mjs MOCK before|after https|http: plays every client against one mock, bound before or after the mock
// began. Prints a line of JSON for each claim.
import { createCredentialManager } from '@keyturn/core';
import { startTestApiServer } from '@keyturn/testkit';
import { clients } from './clients.mjs';
import { mocks } from './mocks.mjs';

const [mockName, moment, scheme] = process.argv.slice(2);
// Nobody listens there: who gets an answer has it from the mock. fetch refuses ports that are too well known.
const origin = scheme === 'https' ? 'https://api.example.test' : 'http://localhost:1029';
const server = await startTestApiServer({ plainHttp: scheme === 'http' });
const names = scheme === 'https' ? ['client-1', 'client-2'] : [undefined, undefined];
const certificates = await Promise.all(
  ['client-1', 'client-2'].map((commonName) =>
    server.authority.issueClientCertificate({ commonName }),
  ),
);
const options = {
  origins: [origin, server.url],
  ...(scheme === 'https' && { tls: { ca: server.ca } }),
};

/** The first credential is held; there is one more. */
async function bind({ bind }) {
  let loads = 0;
  const source = async () => {
    loads += 1;
    const headers = { 'X-API-Key': `key-${loads}` };
    return { token: `token-${loads}`, headers, clientCertificate: certificates[loads - 1] };
  };
  const manager = createCredentialManager({ source });
  await manager.current();
  return { manager, get: bind(manager, options), loads: () => loads };
}

async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing in ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

const inWords = (error) => [error.code, error.message, error.cause?.message].join(' ').trim();

async function claim(client, what, right, play) {
  const seen = await within(20_000, play()).catch(inWords);
  const holds = JSON.stringify(seen) === JSON.stringify(right);
  const told = { mock: mockName, moment, scheme, client, what, holds };
  console.log(JSON.stringify(holds ? told : { ...told, seen, right }));
}

/** What a request carries of the credential of a load. */
const carried = (load) => ({ authorization: `Bearer token-${load}`, 'x-api-key': `key-${load}` });

const played = Object.entries(clients).filter(([, { schemes = ['https', 'http'] }]) =>
  schemes.includes(scheme),
);
const bound = new Map();
const bindAll = async () => {
  for (const [name, client] of played) bound.set(name, await bind(client));
};
if (moment === 'before') await bindAll();
const mock = await mocks[mockName]();
if (moment === 'after') {
  await bindAll();
  // What passes then goes to an origin of which something else is mocked.
  mock.answer(`${server.url}/nobody-asks`, [[{ authorization: 'nobody' }, 200]], true);
}

for (const [name, { replays, unseenBy }] of played) {
  const { get, manager, loads } = bound.get(name);
  const isSeen = !unseenBy.includes(mockName);
  const path = encodeURIComponent(name).replaceAll('%', '-');
  const passes = async (moment) => {
    const before = server.requests.length;
    const { status } = await get(`${server.url}/${moment}-${path}`);
    const { token, headers, commonName } = server.requests[before] ?? {};
    return [status, token, headers?.['x-api-key'], commonName ?? null];
  };
  if (isSeen) {
    const url = `${origin}/seen-${path}`;
    mock.answer(url, [[carried(1), 200]]);
    await claim(name, 'seen', { status: 200, body: 'mocked' }, () => get(url));
  }
  await claim(name, 'passed', [200, 'token-1', 'key-1', names[0] ?? null], () => passes('passed'));
  if (isSeen) {
    const url = `${origin}/refused-${path}`;
    mock.answer(url, [
      [carried(1), 401],
      [carried(2), 200],
    ]);
    // Where a refusal is passed on, the next request is right.
    const statuses = replays ? [200] : [401, 200];
    await claim(name, 'refused', [statuses, 2], async () => {
      const answers = [];
      for (const _ of statuses) answers.push((await get(url)).status);
      return [answers, loads()];
    });
  } else await manager.refresh();
  await claim(name, 'passed, rotated', [200, 'token-2', 'key-2', names[1] ?? null], () =>
    passes('rotated'),
  );
  await manager.close();
}
await server.close();
process.exit();
