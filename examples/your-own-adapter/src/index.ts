import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCredentialManager } from '@keyturn/core';
import { startTestApiServer } from '@keyturn/testkit';
import ky from 'ky';
import { bindKy } from './bind-ky.js';
import { tokenFileSource } from './token-file-source.js';

// Stand-ins, so that this runs offline: a server that wants the second token, and a file that holds the first.
let expected = 'first';
const authorize = ({ token }: { readonly token?: string }): boolean => token === expected;
await using server = await startTestApiServer({ plainHttp: true, authorize });
const folder = await mkdtemp(join(tmpdir(), 'keyturn-example-'));
const path = join(folder, 'token');
await writeFile(path, 'first');

await using credentials = createCredentialManager({ source: tokenFileSource(path) });
const { client } = bindKy(ky, credentials, { origins: [server.url] });
console.log((await client.get(`${server.url}/first`)).status);

// The token is replaced, and the server takes the old one no more: the request is sent once more with the new one.
expected = 'second';
await writeFile(path, 'second');
console.log((await client.get(`${server.url}/second`)).status);
console.log(server.requests.map(({ token, status }) => `${token} ${status}`).join(', '));
await rm(folder, { recursive: true });
