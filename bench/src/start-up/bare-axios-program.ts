/** One request by axios as it is, and the end: `bare-axios-program.js static|plugin`. */
import { Agent } from 'node:https';
import axios from 'axios';
import { expectSuccess, headersOf, tlsOf } from '../throughput/measured-client.js';
import { bareCredential } from './bare-credential.js';
import { path, readOrigin, readTarget } from './request-target.js';

const given = readTarget();
const target = { ...given, ...(await bareCredential(given, readOrigin())) };
const client = axios.create({
  baseURL: target.url,
  proxy: false,
  headers: headersOf(target),
  httpsAgent: new Agent({ keepAlive: true, ...tlsOf(target) }),
});
expectSuccess((await client.get(path)).status);
