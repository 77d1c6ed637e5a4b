/** The same as `bound-axios-program.ts` with axios as it is. */
import { Agent } from 'node:https';
import axios from 'axios';
import { path, readTask } from './task.js';

const { url, ca, token } = readTask();
const headers = { authorization: `Bearer ${token}` };
const httpsAgent = new Agent({ keepAlive: true, ca });
const client = axios.create({ baseURL: url, proxy: false, headers, httpsAgent });
await client.get(path);
httpsAgent.destroy();
