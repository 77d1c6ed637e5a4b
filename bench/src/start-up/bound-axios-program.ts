/** One request by axios with Keyturn, and the end: `bound-axios-program.js static|plugin`. */
import { Agent } from 'node:https';
import { bindAxios } from '@keyturn/axios';
import axios from 'axios';
import { expectSuccess, whereOf } from '../throughput/measured-client.js';
import { boundManager } from './bound-manager.js';
import { path, readOrigin, readTarget } from './request-target.js';

const target = readTarget();
const unbound = axios.create({
  baseURL: target.url,
  proxy: false,
  httpsAgent: new Agent({ keepAlive: true }),
});
const { client } = bindAxios(unbound, boundManager(target, readOrigin()), whereOf(target));
expectSuccess((await client.get(path)).status);
