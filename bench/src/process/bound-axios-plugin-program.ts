/** README's ten lines with a plugin. */
import { bindAxios } from '@keyturn/axios';
import { createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import axios from 'axios';
import { path, readTask } from './task.js';

const { url, ca, plugin } = readTask();
const credentials = createCredentialManager({ source: execSource(plugin) });
const bare = axios.create({ baseURL: url, proxy: false });
const { client } = bindAxios(bare, credentials, { tls: { ca } });
await client.get(path);
await credentials.close();
