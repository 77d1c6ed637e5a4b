import { bindGot } from '@keyturn/got';
import got from 'got';
import { compatScenes } from './scenes.js';

compatScenes(async (manager, server) => {
  const plain = got.extend({ throwHttpErrors: false, retry: { limit: 0 } });
  const options = { origins: [server.url], tls: { ca: server.ca } };
  const { client, unbind } = bindGot(plain, manager, options);
  return { get: async (url) => (await client.get(url)).statusCode, unbind };
});
