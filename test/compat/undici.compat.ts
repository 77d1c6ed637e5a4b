import { CredentialDispatcher } from '@keyturn/undici';
import { request } from 'undici';
import { compatScenes } from './scenes.js';

compatScenes(async (manager, server) => {
  const options = { origins: [server.url], tls: { ca: server.ca } };
  const dispatcher = new CredentialDispatcher(manager, options);
  const get = async (url: string): Promise<number> => {
    const { statusCode, body } = await request(url, { dispatcher });
    await body.dump();
    return statusCode;
  };
  return { get, unbind: () => dispatcher.unbind() };
});
