import { createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { bindGot } from '@keyturn/got';
import { execCredential, scriptedPlugin, startTestApiServer } from '@keyturn/testkit';
import got from 'got';

// Stand-ins, so that this runs offline: a server that wants a token, and a credential plugin that prints it.
await using server = await startTestApiServer({ authorize: ({ token }) => token === 'hello' });
await using plugin = await scriptedPlugin({ stdout: execCredential({ token: 'hello' }) });

const tls = { ca: server.ca };
await using credentials = createCredentialManager({ source: execSource(plugin.config) });
const { client } = bindGot(got.extend({ prefixUrl: server.url }), credentials, { tls });
console.log(await client.get('api/v1/namespaces').json());
