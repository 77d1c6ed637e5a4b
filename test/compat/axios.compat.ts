import { bindAxios } from '@keyturn/axios';
import axios from 'axios';
import { compatScenes } from './scenes.js';

compatScenes(async (manager, server) => {
  const plain = axios.create({ baseURL: server.url, validateStatus: () => true });
  const { client, unbind } = bindAxios(plain, manager, { tls: { ca: server.ca } });
  return { get: async (url) => (await client.get(url)).status, unbind };
});
