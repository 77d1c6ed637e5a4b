import { expect, it } from 'vitest';
import { concurrency } from './load-client.js';
import { loadClients, tokenClients } from './load-clients.js';
import { setLoadScene } from './load-scene.js';
import { loadsOf, timeoutMs } from './load-size.js';
import { rotatingSource } from './rotating-source.js';
import { runLoad } from './run-load.js';
import { complaintsOf, describeVerdict } from './verdict.js';

// The others have no connection that could be kept.
const keeping = loadClients.filter(({ connects }) => connects !== 'for each request');

it.for([...keeping, ...tokenClients])(
  '$name opens no connection when only the token rotates under load',
  { timeout: timeoutMs },
  async (loadClient, { annotate }) => {
    for (const rotations of loadsOf(loadClient.resetsStreams)) {
      const scene = await setLoadScene(loadClient, { source: rotatingSource('token') });
      const verdict = await runLoad({ ...scene, rotations });
      await annotate(describeVerdict(verdict));
      expect(complaintsOf(verdict, concurrency)).toEqual([]);
      // got makes a connection of its own to ask which protocol the server speaks.
      const limit = loadClient.connects === 'once' ? 2 : concurrency;
      expect(verdict.opened).toBeLessThanOrEqual(limit);
      expect(scene.manager.stats()).toMatchObject({ rotations, certificateRotations: 0 });
    }
  },
);
