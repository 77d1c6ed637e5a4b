import type { CredentialManager, CredentialSource } from '@keyturn/core';
import { expect, it } from 'vitest';
import { concurrency } from './load-client.js';
import { loadClients, tokenClients } from './load-clients.js';
import { setLoadScene } from './load-scene.js';
import { loadsOf, rotations, timeoutMs } from './load-size.js';
import { certificateOf } from './rotating-source.js';
import { runLoad } from './run-load.js';
import { complaintsOf, describeVerdict } from './verdict.js';

/** Where tokens come from and where they are looked up: only the latest one is good. */
function tokenOffice() {
  let latest = 1;
  const current = (): string => `token-${latest}`;
  const source: CredentialSource = {
    name: 'token office',
    load: async () => ({ token: current(), clientCertificate: await certificateOf(1) }),
  };
  return {
    source,
    accepts: (token: string | undefined) => token === current(),
    /** Resolves when a client has been refused and got a new token. Nobody calls `refresh()` here. */
    revoke: (manager: CredentialManager) =>
      new Promise<void>((resolve) => {
        const undo = manager.on('rotated', () => {
          undo();
          resolve();
        });
        latest += 1;
      }),
  };
}

// A request is replayed once. One that lives through two revocations would be refused twice, so the next one comes when
// all that was in the air at the last has ended.
it.for([...loadClients, ...tokenClients].filter(({ replays }) => replays !== false))(
  '$name lets no caller see the 401s of tokens that the server revokes under load',
  { timeout: timeoutMs },
  async (loadClient, { annotate }) => {
    const loads = loadClient.paysForRefusals ? [rotations / 4] : loadsOf(loadClient.resetsStreams);
    for (const count of loads) {
      const { source, accepts, revoke } = tokenOffice();
      const scene = await setLoadScene(loadClient, { source, server: { accepts } });
      const rotate = () => revoke(scene.manager);
      const verdict = await runLoad({ ...scene, rotations: count, rotate, oneAtATime: true });
      await annotate(describeVerdict(verdict));
      // A refused answer may still be read when its replay begins: then a worker has two connections.
      expect(complaintsOf(verdict, 2 * concurrency)).toEqual([]);
      expect(scene.manager.stats()).toMatchObject({ runs: count + 1, rotations: count });
    }
  },
);
