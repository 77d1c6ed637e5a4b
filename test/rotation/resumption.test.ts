import { beforeAll, describe, expect, it } from 'vitest';
import { keepTlsSessions } from '../keep-tls-sessions.js';
import type { View } from './answers.js';
import { loadClients } from './load-clients.js';
import { type LoadScene, setLoadScene } from './load-scene.js';
import { issueCertificates, rotatingSource } from './rotating-source.js';

beforeAll(() => issueCertificates(4));

/** What the server saw of two requests, each on a connection of its own, and before them of a watch that was open meanwhile. */
async function threeViews({ client }: LoadScene): Promise<View[]> {
  let events = '';
  for await (const piece of client.follow('/watch')) {
    events += Buffer.from(piece as Uint8Array).toString();
    if (!events.includes('\n')) continue;
    const [, watch = ''] = /^1 (.*)\n/.exec(events) ?? [];
    const answers = [await client.ask({ path: '/fast/2' }), await client.ask({ path: '/fast/3' })];
    return [watch, ...answers.map(({ text }) => text)].map((text) => JSON.parse(text) as View);
  }
  return [];
}

// The others have one connection for each generation, or begin each with an agent of its own.
const resuming = loadClients.filter(
  ({ connects, resumes }) => connects !== 'once' && resumes !== false,
);

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('%s', (version) => {
  it.for(resuming)(
    '$name resumes sessions within a certificate generation and never across',
    async (loadClient) => {
      keepTlsSessions();
      const scene = await setLoadScene(loadClient, {
        source: rotatingSource('both'),
        server: { version },
        keepAlive: false,
      });
      for (const commonName of ['client-1', 'client-2', 'client-3']) {
        expect(await threeViews(scene)).toMatchObject([
          { commonName, resumed: false },
          { commonName, resumed: true },
          { commonName, resumed: true },
        ]);
        await scene.manager.refresh();
      }
      expect(scene.server.connections.opened).toBe(9);
    },
  );
});
