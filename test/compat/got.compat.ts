import { text } from 'node:stream/consumers';
import { bindGot } from '@keyturn/got';
import got from 'got';
import { describe } from 'vitest';
import { type BindClient, compatScenes, keptConnectionScene } from './scenes.js';

const bindStreams: BindClient = async (manager, server) => {
  const plain = got.extend({ throwHttpErrors: false, retry: { limit: 0 } });
  const options = { origins: [server.url], tls: { ca: server.ca } };
  const { client, unbind } = bindGot(plain, manager, options);
  const get = async (url: string): Promise<number> => {
    const stream = client.stream(url);
    await text(stream);
    return stream.response?.statusCode ?? 0;
  };
  return { get, unbind };
};

describe('a stream', () => keptConnectionScene(bindStreams));

compatScenes(async (manager, server) => {
  const plain = got.extend({ throwHttpErrors: false, retry: { limit: 0 } });
  const options = { origins: [server.url], tls: { ca: server.ca } };
  const { client, unbind } = bindGot(plain, manager, options);
  return { get: async (url) => (await client.get(url)).statusCode, unbind };
});
