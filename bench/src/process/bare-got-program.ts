/** The same as `bound-got-program.ts` with got as it is. */
import { Agent } from 'node:https';
import { got } from 'got';
import { path, readTask } from './task.js';

const { url, ca, token } = readTask();
const headers = { authorization: `Bearer ${token}` };
const https = new Agent({ keepAlive: true, ca });
await got.extend({ prefixUrl: url, headers, agent: { https } })(path.slice(1));
https.destroy();
