/** README's ten lines with the fetch of undici, and a static source. */
import { createCredentialManager, staticSource } from '@keyturn/core';
import { bindFetch } from '@keyturn/undici';
import { fetch } from 'undici';
import { path, readTask } from './task.js';

const { url, ca, token } = readTask();
const credentials = createCredentialManager({ source: staticSource({ token }) });
const { client } = bindFetch(fetch, credentials, { origins: [url], tls: { ca } });
await (await client(url + path)).text();
await credentials.close();
