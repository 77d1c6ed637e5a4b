import { json } from 'node:stream/consumers';
import { createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { bindHttps } from '@keyturn/https';
import { execCredential, scriptedPlugin, startTestApiServer } from '@keyturn/testkit';

// Stand-ins, so that this runs offline: a server that wants a token, and a credential plugin that prints it.
await using server = await startTestApiServer({ authorize: ({ token }) => token === 'hello' });
await using plugin = await scriptedPlugin({ stdout: execCredential({ token: 'hello' }) });

const tls = { ca: server.ca };
await using credentials = createCredentialManager({ source: execSource(plugin.config) });
const { client } = bindHttps(credentials, { origins: [server.url], tls });
console.log(await json(await client.get(`${server.url}/api/v1/namespaces`)));
