/** One request by node:https with Keyturn, and the end: `bound-https-program.js static|plugin`. */
import { text } from 'node:stream/consumers';
import { bindHttps } from '@keyturn/https';
import { expectSuccess, whereOf } from '../throughput/measured-client.js';
import { boundManager } from './bound-manager.js';
import { path, readOrigin, readTarget } from './request-target.js';

const target = readTarget();
const { client } = bindHttps(boundManager(target, readOrigin()), whereOf(target));
const response = await client.get(target.url + path);
expectSuccess(response.statusCode);
await text(response);
