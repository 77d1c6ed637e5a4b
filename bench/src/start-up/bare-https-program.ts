/** One request by node:https as it is, and the end: `bare-https-program.js static|plugin`. */
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { expectSuccess, headersOf, tlsOf } from '../throughput/measured-client.js';
import { bareCredential } from './bare-credential.js';
import { path, readOrigin, readTarget } from './request-target.js';

const given = readTarget();
const target = { ...given, ...(await bareCredential(given, readOrigin())) };
const options = {
  agent: new Agent({ keepAlive: true, ...tlsOf(target) }),
  headers: headersOf(target),
};
const response = await new Promise<IncomingMessage>((resolve, reject) => {
  request(target.url + path, options, resolve)
    .once('error', reject)
    .end();
});
expectSuccess(response.statusCode);
await text(response);
