/** The same as `bound-fetch-program.ts` with undici as it is: Node's own fetch takes no authority. */
import { Agent, fetch } from 'undici';
import { path, readTask } from './task.js';

const { url, ca, token } = readTask();
const headers = { authorization: `Bearer ${token}` };
const dispatcher = new Agent({ connect: { ca } });
await (await fetch(url + path, { headers, dispatcher })).text();
await dispatcher.close();
