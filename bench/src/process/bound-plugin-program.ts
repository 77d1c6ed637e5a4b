/** One run of a plugin, and out. */
import { createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { readTask } from './task.js';

const credentials = createCredentialManager({ source: execSource(readTask().plugin) });
await credentials.current();
await credentials.close();
