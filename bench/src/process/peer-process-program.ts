/** One credential, or one request, of a peer, and out: `peer-process-program.js MODULE PART lookup|request`. */
import type { Peer, Setting } from '../peers/peer.js';
import { taskVariable } from './task.js';

const [, , module = '', part = '', way] = process.argv;
const setting: Setting = JSON.parse(process.env[taskVariable] ?? '');
const peer = ((await import(module)) as Record<string, Peer>)[part];
await (way === 'request' ? peer?.request : peer?.lookup)?.call(peer, setting)();
// Some keep a connection, or a timer, for the next one.
process.exit();
