import { beforeAll, expect, it } from 'vitest';
import { concurrency } from './load-client.js';
import { loadClients, tokenClients } from './load-clients.js';
import { setLoadScene } from './load-scene.js';
import { rotations, timeoutMs } from './load-size.js';
import { issueCertificates, rotatingSource } from './rotating-source.js';
import { runLoad } from './run-load.js';
import { complaintsOf, describeVerdict } from './verdict.js';

beforeAll(() => issueCertificates(rotations + 1));

it.for([...loadClients, ...tokenClients])(
  '$name loses nothing and is never stale while the certificate rotates under load',
  { timeout: timeoutMs },
  async (loadClient, { annotate }) => {
    const scene = await setLoadScene(loadClient, { source: rotatingSource('both') });
    const verdict = await runLoad({ ...scene, rotations });
    await annotate(describeVerdict(verdict));
    expect(complaintsOf(verdict, concurrency)).toEqual([]);
    expect(scene.manager.stats().certificateRotations).toBe(rotations);
  },
);
