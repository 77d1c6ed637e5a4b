/** README's ten lines with node:https, and a static source. */
import { text } from 'node:stream/consumers';
import { createCredentialManager, staticSource } from '@keyturn/core';
import { bindHttps } from '@keyturn/https';
import { path, readTask } from './task.js';

const { url, ca, token } = readTask();
const credentials = createCredentialManager({ source: staticSource({ token }) });
const { client } = bindHttps(credentials, { origins: [url], tls: { ca } });
await text(await client.get(url + path));
await credentials.close();
