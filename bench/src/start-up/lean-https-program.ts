/** One request by node:https with what Keyturn has for short programs, and the end: `lean-https-program.js static|plugin`. */
import { text } from 'node:stream/consumers';
import { execSource } from '@keyturn/core/exec';
import { manageCredential } from '@keyturn/core/lifecycle';
import { bindHttps } from '@keyturn/https/bind';
import { expectSuccess, whereOf } from '../throughput/measured-client.js';
import { path, readOrigin, readTarget } from './request-target.js';

const target = readTarget();
const { token, clientCertificate } = target;
const source =
  readOrigin() === 'static'
    ? { name: 'static', load: async () => ({ token, clientCertificate }) }
    : execSource(target.plugin);
const { client } = bindHttps(manageCredential({ source }), whereOf(target));
const response = await client.get(target.url + path);
expectSuccess(response.statusCode);
await text(response);
