/** Keyturn in a process that has run some plugin before: what the first run loads is there. */
import { createCredentialManager } from '@keyturn/core';
import { execSource } from '@keyturn/core/exec';
import { lookup } from './keyturn.js';
import type { Peer } from './peer.js';

const apiVersion = 'client.authentication.k8s.io/v1';
const said = JSON.stringify({ kind: 'ExecCredential', apiVersion, status: { token: 'bench' } });

await using manager = createCredentialManager({
  source: execSource({ command: 'echo', args: [said], apiVersion, interactiveMode: 'Never' }),
});
await manager.current();

export const primed: Peer = { ...lookup, name: 'Keyturn, a later run' };
