import { beforeAll, expect, it } from 'vitest';
import { concurrency } from './load-client.js';
import { setLoadScene } from './load-scene.js';
import { timeoutMs } from './load-size.js';
import { issueCertificates, rotatingSource } from './rotating-source.js';
import { runLoad } from './run-load.js';
import { complaintsOf, describeVerdict } from './verdict.js';
import { wrongAgents } from './wrong-agents.js';
import { wrongChannels } from './wrong-channels.js';
import { wrongDispatchers } from './wrong-dispatchers.js';
import { wrongSessions } from './wrong-sessions.js';

// Each of these is found out at once, so a full load would find no more.
const rotations = 12;

beforeAll(() => issueCertificates(rotations + 1));

// Some lose only what is queued on a connection that is still being made; a rotation may miss that moment.
it.for([...wrongAgents, ...wrongDispatchers, ...wrongSessions, ...wrongChannels])(
  'the load finds out $name: $finds',
  { retry: 2, timeout: timeoutMs },
  async (wrongClient, { annotate }) => {
    const scene = await setLoadScene(wrongClient, { source: rotatingSource('both') });
    const verdict = await runLoad({ ...scene, rotations });
    await annotate(describeVerdict(verdict));
    expect(complaintsOf(verdict, concurrency)).toContain(wrongClient.finds);
  },
);
