import { beforeAll, describe, expect, it } from 'vitest';
import type { View } from './answers.js';
import { loadClients } from './load-clients.js';
import { type LoadScene, setLoadScene } from './load-scene.js';
import { issueCertificates, rotatingSource } from './rotating-source.js';

beforeAll(() => issueCertificates(3));

async function viewOf({ client }: LoadScene): Promise<View> {
  return JSON.parse((await client.ask({ path: '/fast/resume' })).text) as View;
}

/** What the server saw of three requests on each of three certificates, each on a connection of its own. */
async function threeTimesThree(scene: LoadScene): Promise<View[]> {
  const views: View[] = [];
  for (let request = 0; request < 9; request += 1) {
    if (request % 3 === 0 && request > 0) await scene.manager.refresh();
    views.push(await viewOf(scene));
  }
  return views;
}

// The others have one connection for each generation, or begin each with an agent of its own.
const resuming = loadClients.filter(
  ({ connects, resumes }) => connects !== 'once' && resumes !== false,
);

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  it.for(resuming)(
    '$name resumes sessions within a certificate generation and never across',
    async (loadClient) => {
      const scene = await setLoadScene(loadClient, {
        source: rotatingSource('both'),
        server: { version },
        keepAlive: false,
      });
      const views = await threeTimesThree(scene);
      for (const number of [1, 2, 3]) {
        const [first, ...later] = views.splice(0, 3);
        expect(first).toMatchObject({ commonName: `client-${number}`, resumed: false });
        expect(later).toMatchObject([first, first].map(() => ({ commonName: `client-${number}` })));
        // One of two: undici forgets its sessions together with the last connection to a server.
        expect(later.some(({ resumed }) => resumed)).toBe(true);
      }
      expect(scene.server.connections.opened).toBe(9);
    },
  );
});
