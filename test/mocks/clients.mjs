// Every binding that a mock of HTTP may see. Each is given a manager and options, and gives back a function that gets a URL.
import https from 'node:https';
import { text } from 'node:stream/consumers';
import { bindAxios } from '@keyturn/axios';
import { bindGot } from '@keyturn/got';
import { bindHttps, CredentialAgent } from '@keyturn/https';
import { bindFetch, CredentialDispatcher } from '@keyturn/undici';
import axios from 'axios';
import got from 'got';
import { request, fetch as undiciFetch } from 'undici';

const plainAxios = (more) => axios.create({ validateStatus: () => true, ...more });
const plainGot = got.extend({ throwHttpErrors: false, retry: { limit: 0 } });

const getWith = (agent) => (url) =>
  new Promise((resolve, reject) => {
    const end = async (answer) => ({ status: answer.statusCode, body: await text(answer) });
    https.get(url, { agent }, (answer) => resolve(end(answer))).on('error', reject);
  });

const ofAxios = (client) => async (url) => {
  const { status, data } = await client.get(url);
  return { status, body: data };
};

const ofGot = (client) => async (url) => {
  const { statusCode, body } = await client.get(url);
  return { status: statusCode, body };
};

const ofStream = (client) => async (url) => {
  let status;
  const stream = client.stream(url);
  stream.on('response', ({ statusCode }) => {
    status = statusCode;
  });
  // In this order: the status is known when the stream has ended.
  const body = await text(stream);
  return { status, body };
};

const ofFetch = (fetch, init) => async (url) => {
  const answer = await fetch(url, init);
  return { status: answer.status, body: await answer.text() };
};

// Mocks stand in the place of node:http and of fetch, but for the newest, which stand at the socket. Of what they see there msw 3
// leaves to themselves all requests that come neither from node:http nor from the global fetch.
const besideDispatchers = ['nock13', 'nock14', 'msw2'];
const besideUndici = [...besideDispatchers, 'msw3'];

/**
 * `replays`: a refusal is followed by one replay; else it is passed on, and the next request is right. `unseenBy`: the mocks
 * that do not see this client, with or without us (decision 0056 says why), and only let it pass.
 */
export const clients = {
  axios: {
    replays: true,
    unseenBy: [],
    bind: (manager, options) => ofAxios(bindAxios(plainAxios(), manager, options).client),
  },
  got: {
    replays: true,
    unseenBy: [],
    bind: (manager, options) => ofGot(bindGot(plainGot, manager, options).client),
  },
  'got.stream': {
    replays: false,
    unseenBy: [],
    bind: (manager, options) => ofStream(bindGot(plainGot, manager, options).client),
  },
  bindHttps: {
    replays: true,
    unseenBy: [],
    bind: (manager, options) => {
      const { client } = bindHttps(manager, options);
      return async (url) => {
        const answer = await client.get(url);
        return { status: answer.statusCode, body: await text(answer) };
      };
    },
  },
  CredentialAgent: {
    replays: false,
    unseenBy: ['nock13'],
    schemes: ['https'],
    bind: (manager, options) => getWith(new CredentialAgent(manager, options)),
  },
  'CredentialAgent in axios': {
    replays: false,
    unseenBy: ['nock13'],
    schemes: ['https'],
    bind: (manager, options) =>
      ofAxios(plainAxios({ httpsAgent: new CredentialAgent(manager, options) })),
  },
  'bindFetch, global': {
    replays: true,
    unseenBy: ['nock13'],
    bind: (manager, options) => ofFetch(bindFetch(fetch, manager, options).client),
  },
  'bindFetch, undici': {
    replays: true,
    unseenBy: besideUndici,
    bind: (manager, options) => ofFetch(bindFetch(undiciFetch, manager, options).client),
  },
  'CredentialDispatcher in fetch': {
    replays: true,
    unseenBy: besideDispatchers,
    bind: (manager, options) => {
      const dispatcher = new CredentialDispatcher(manager, options);
      return ofFetch((url) => fetch(url, { dispatcher }));
    },
  },
  CredentialDispatcher: {
    replays: true,
    unseenBy: besideUndici,
    bind: (manager, options) => {
      const dispatcher = new CredentialDispatcher(manager, options);
      return async (url) => {
        const { statusCode, body } = await request(url, { dispatcher });
        return { status: statusCode, body: await body.text() };
      };
    },
  },
};
