/** The same as `bound-https-program.ts` with node:https as it is. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { path, readTask } from './task.js';

const { url, ca, token } = readTask();
const headers = { authorization: `Bearer ${token}` };
const agent = new Agent({ keepAlive: true, ca });
const [response] = await once(get(url + path, { headers, agent }), 'response');
await text(response as IncomingMessage);
agent.destroy();
