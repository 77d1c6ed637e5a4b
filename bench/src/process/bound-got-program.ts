/** README's ten lines with got, and a static source. */
import { createCredentialManager, staticSource } from '@keyturn/core';
import { bindGot } from '@keyturn/got';
import { got } from 'got';
import { path, readTask } from './task.js';

const { url, ca, token } = readTask();
const credentials = createCredentialManager({ source: staticSource({ token }) });
const { client } = bindGot(got.extend({ prefixUrl: url }), credentials, { tls: { ca } });
await client(path.slice(1));
await credentials.close();
