/** The same as `bound-plugin-program.ts`, as anyone would write it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readTask } from './task.js';

const { command, args } = readTask().plugin;
const { stdout } = await promisify(execFile)(command, args);
if (JSON.parse(stdout).status.token === undefined) throw new Error('No token.');
