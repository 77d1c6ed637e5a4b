import { bindAxios } from '@keyturn/axios';
import { createCredentialManager, isCredentialError } from '@keyturn/core';
import { oauthSource } from '@keyturn/oauth';
import { startTestApiServer } from '@keyturn/testkit';
import axios from 'axios';
import { startAuthorizationServer } from './authorization-server.js';

// Stand-ins, so that this runs offline: an authorization server, and a server that takes its tokens.
await using idp = await startAuthorizationServer();
await using api = await startTestApiServer({ authorize: ({ token }) => idp.isIssued(token) });

let login = await idp.logIn();
const source = oauthSource({
  grant: 'refresh_token',
  issuer: idp.issuer,
  ...idp.client,
  refreshToken: () => login,
});
await using credentials = createCredentialManager({ source });
const { client } = bindAxios(axios.create({ baseURL: api.url }), credentials, {
  tls: { ca: api.ca },
});

await Promise.all(Array.from({ length: 100 }, () => client.get('/orders')));
console.log(`100 requests: ${idp.tokenRequests} token`);

for (let turn = 0; turn < 5; turn += 1) await credentials.refresh();
console.log(`5 refreshes: ${idp.tokenRequests - 1} refresh tokens, each used once`);

await idp.logOut();
const failure = await credentials.refresh().catch((error: unknown) => error);
console.log(`logged out: ${isCredentialError(failure) ? failure.code : 'nothing'}`);

await client.get('/orders');
console.log('what is held serves on');

login = await idp.logIn();
await credentials.refresh();
console.log(`logged in again: ${(await client.get('/orders')).status}`);
