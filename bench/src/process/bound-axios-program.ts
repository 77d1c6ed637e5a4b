/** README's ten lines, with a static source. */
import { bindAxios } from '@keyturn/axios';
import { createCredentialManager, staticSource } from '@keyturn/core';
import axios from 'axios';
import { path, readTask } from './task.js';

const { url, ca, token } = readTask();
const credentials = createCredentialManager({ source: staticSource({ token }) });
const bare = axios.create({ baseURL: url, proxy: false });
const { client } = bindAxios(bare, credentials, { tls: { ca } });
await client.get(path);
await credentials.close();
